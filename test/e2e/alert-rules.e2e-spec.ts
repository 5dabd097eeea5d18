import { spawnSync } from 'node:child_process';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromProject } from '../../src/config/project-paths.js';
import { ALERTS_FILE, alertRules } from '../support/alert-rules.js';
import { itWith, program } from '../support/programs.js';
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.js';

/** A sample each minute, as promtool writes them: `0+3x30` rises by three, 30 times. */
type Series = Record<string, string>;

const GATEWAY = 'instance="gateway", job="parley"';
const WORKER = 'instance="worker", job="parley-worker"';
const bucket = (name: string, labels: string, seconds: string, values: string): Series => ({
  [`${name}_bucket{${GATEWAY}, ${labels}le="${seconds}"}`]: values,
});

/** What a server shows for an hour while all is well. */
const HEALTHY: Series = {
  [`up{${GATEWAY}}`]: '1x60',
  [`up{${WORKER}}`]: '1x60',
  [`process_start_time_seconds{${GATEWAY}}`]: '5x60',
  [`parley_component_status{${GATEWAY}, component="chat", status="ok"}`]: '1x60',
  [`parley_component_status{${GATEWAY}, component="chat", status="down"}`]: '0x60',
  [`parley_component_status{${GATEWAY}, component="chat", status="degraded"}`]: '0x60',
  [`parley_errors_total{${GATEWAY}, feature="chat", transport="http", code="bad_request"}`]: '0+9x60',
  [`parley_provider_calls_total{${GATEWAY}, feature="chat", provider="openai"}`]: '0+100x60',
  [`parley_provider_failures_total{${GATEWAY}, feature="chat", provider="openai", code="provider_failed"}`]:
    '0+1x60',
  ...bucket('parley_chat_first_token_seconds', 'api="runs", ', '1', '0+100x60'),
  ...bucket('parley_chat_first_token_seconds', 'api="runs", ', '+Inf', '0+100x60'),
  [`nodejs_eventloop_lag_p99_seconds{${GATEWAY}}`]: '0.02x60',
  [`parley_places{${GATEWAY}, limit="chat"}`]: '256x60',
  [`parley_places_taken{${GATEWAY}, limit="chat"}`]: '12x60',
  [`parley_transcription_queue_length{${GATEWAY}}`]: '0x60',
  [`parley_transcription_sessions_ended_total{${GATEWAY}, ending="done"}`]: '0+100x60',
  [`parley_transcription_sessions_ended_total{${GATEWAY}, ending="failed"}`]: '0+1x60',
  [`parley_transcription_failovers_total{${GATEWAY}}`]: '0 0 0 1x57',
  [`parley_worker_host_restarts{${WORKER}}`]: '0 0 1x58',
  [`parley_ledger_failures_total{${GATEWAY}, step="reserve"}`]: '0x60',
  [`parley_tls_certificate_expiry_timestamp_seconds{${GATEWAY}}`]: '5000000x60',
};

const slow = (name: string, labels: string, below: string, above: string): Series => ({
  ...bucket(name, labels, below, '0x60'),
  ...bucket(name, labels, above, '0+10x60'),
  ...bucket(name, labels, '+Inf', '0+10x60'),
});
const failing = (code: string, values: string): Series => ({
  [`parley_provider_calls_total{${GATEWAY}, feature="tts", provider="openai"}`]: '0+10x60',
  [`parley_provider_failures_total{${GATEWAY}, feature="tts", provider="openai", code="${code}"}`]: values,
});

/** What makes each alert fire. */
const TROUBLE: Record<string, Series> = {
  ParleyDown: { [`up{${GATEWAY}}`]: '0x60' },
  ParleyWorkerDown: { [`up{${WORKER}}`]: '0x60' },
  ParleyRestarts: { [`process_start_time_seconds{${GATEWAY}}`]: '0+60x60' },
  ParleyComponentDown: {
    [`parley_component_status{${GATEWAY}, component="transcription", status="down"}`]: '1x60',
  },
  ParleyComponentDegraded: {
    [`parley_component_status{${GATEWAY}, component="keys", status="degraded"}`]: '1x60',
  },
  ParleyInternalErrors: {
    [`parley_errors_total{${GATEWAY}, feature="chat", transport="http", code="internal"}`]: '0+1x60',
  },
  ParleyProviderFails: failing('provider_failed', '0+2x60'),
  ParleyProviderKeyRefused: failing('provider_auth', '0+1x60'),
  ParleySpeechFallsBack: {
    [`parley_tts_fallbacks_total{${GATEWAY}, from="openai", to="espeak", code="provider_failed"}`]: '0+1x60',
  },
  ParleyChatSlow: slow('parley_chat_first_token_seconds', 'api="runs", ', '5', '10'),
  ParleySpeechSlow: slow('parley_tts_first_byte_seconds', 'source="miss", ', '5', '10'),
  ParleyCaptionsLate: slow('parley_transcription_final_seconds', '', '5', '10'),
  ParleyOverheadHigh: slow('parley_overhead_seconds', 'feature="chat", part="after", ', '0.25', '0.5'),
  ParleyEventLoopLags: { [`nodejs_eventloop_lag_p99_seconds{${WORKER}}`]: '0.5x60' },
  ParleyAlmostFull: {
    [`parley_places{${GATEWAY}, limit="tts"}`]: '64x60',
    [`parley_places_taken{${GATEWAY}, limit="tts"}`]: '60x60',
  },
  ParleySessionsQueue: { [`parley_transcription_queue_length{${GATEWAY}}`]: '1x60' },
  ParleySessionsFail: {
    [`parley_transcription_sessions_ended_total{${GATEWAY}, ending="done"}`]: '0+10x60',
    [`parley_transcription_sessions_ended_total{${GATEWAY}, ending="refused"}`]: '0+1x60',
  },
  ParleyWorkersLost: { [`parley_transcription_failovers_total{${GATEWAY}}`]: '0+1x60' },
  ParleyEnginesRestart: { [`parley_worker_host_restarts{${WORKER}}`]: '0+1x60' },
  ParleyLedgerFails: { [`parley_ledger_failures_total{${GATEWAY}, step="reserve"}`]: '0+1x60' },
  ParleyBudgetRefuses: { [`parley_ledger_refused_total{${GATEWAY}, budget="tenant-tokens-day"}`]: '0+1x60' },
  ParleyManyRefused: {
    [`parley_errors_total{${GATEWAY}, feature="none", transport="http", code="unauthorized"}`]: '0+100x60',
  },
  // The time of promtool begins in 1970.
  ParleyCertificateExpires: {
    [`parley_tls_certificate_expiry_timestamp_seconds{${GATEWAY}}`]: `${4 * 86_400}x60`,
  },
};
describe('the alert rules', () => {
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => folder.remove());

  function promtool(...args: string[]): { status: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(program('promtool')!, args, {
      cwd: folder.path,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  /** Has promtool say whether these alerts, and no others, fire after an hour of it. */
  async function prove(series: Series, alerts: readonly string[]): Promise<void> {
    await copyFile(fromProject(ALERTS_FILE), join(folder.path, 'alerts.yml'));
    const test = {
      interval: '1m',
      input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
      promql_expr_test: [
        {
          expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
          eval_time: '59m',
          exp_samples: alerts.map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
        },
      ],
    };
    // What is JSON is YAML.
    const rules = { rule_files: ['alerts.yml'], evaluation_interval: '1m', tests: [test] };
    await writeFile(join(folder.path, 'test.yml'), JSON.stringify(rules));

    expect(promtool('test', 'rules', 'test.yml')).toEqual({
      status: 0,
      output: expect.stringContaining('SUCCESS'),
    });
  }

  it('each have a case here', () => {
    expect(Object.keys(TROUBLE)).toEqual(alertRules().map(({ name }) => name));
  });

  itWith('promtool')('and the scrape configuration are valid for Prometheus', async () => {
    for (const name of ['alerts.yml', 'prometheus.yml'])
      await copyFile(fromProject(`deploy/prometheus/${name}`), join(folder.path, name));
    await writeFile(join(folder.path, 'parley.key'), 'key');

    expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ status: 0 });
  });

  itWith('promtool')('are silent while all is well', async () => {
    await prove(HEALTHY, []);
  });

  itWith('promtool').each(Object.entries(TROUBLE))('fire in trouble: %s', async (name, series) => {
    await prove(series, [name]);
  });
});
