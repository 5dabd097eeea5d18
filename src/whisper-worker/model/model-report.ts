import type { Task } from '../engine.js';
import { HostedEngine } from '../host/hosted-engine.js';
import type { CurrentEngine } from './current-engine.js';
import { nextModel, whisperNamed } from '../../models/next-model.js';
import { residentBytes, totalMemoryBytes } from './machine-memory.js';
import type { ModelChange } from './model-switch.js';

/** What a worker tells of its model, at `/health/ready`. */
export interface ModelReport {
  engine: string;
  /** The one that new sessions get. */
  model: string;
  languages: string[];
  tasks: Task[];
  detectsLanguage: boolean;
  /** How long it took to load. */
  loadMs: number;
  /** Resident memory of the worker and its engine hosts; only where the system tells. */
  memoryBytes?: number;
  /** The next better model that this machine can serve, see `npm run models -- list`. */
  nextModel?: string;
  /** The model of sessions that began before the last change. */
  formerModel?: string;
  /** What becomes of a choice that is not in use. */
  change?: ModelChange;
}

export interface ReportParts {
  engines: CurrentEngine;
  lanes: number;
  change: ModelChange | undefined;
}

export async function reportOf({ engines, lanes, change }: ReportParts): Promise<ModelReport> {
  const { engine, loadMs, speakingCost } = engines.loaded;
  const memoryBytes = await memoryOf(engines);
  const former = engines.formerModel;
  const hosts = engine instanceof HostedEngine ? engine.hosts.all : 0;
  const next =
    hosts === 0
      ? undefined
      : nextModel(engine.model, {
          memoryBytes: totalMemoryBytes(),
          usedBytes: memoryBytes ?? 0,
          hosts,
          lanes,
          speakingCost,
        });
  return {
    engine: engine.name,
    model: engine.model,
    languages: [...engine.languages],
    tasks: [...engine.tasks],
    detectsLanguage: engine.detectsLanguage,
    loadMs,
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(next && { nextModel: next.name }),
    ...(former && { formerModel: former.model }),
    ...(change && { change }),
  };
}

/** Resident memory of this process and all engine hosts. */
export function memoryOf(engines: CurrentEngine): Promise<number | undefined> {
  return residentBytes([process.pid, ...hostsOf(engines).flatMap(({ pids }) => pids)]);
}

export function hostsOf({ engines }: CurrentEngine): HostedEngine['hosts'][] {
  return engines.flatMap((engine) => (engine instanceof HostedEngine ? [engine.hosts] : []));
}

/** What the log says of a model that could be had. */
export function offerOf(name: string): object {
  const model = whisperNamed(name);
  return {
    model: name,
    downloadMb: model?.sizeMb,
    memoryMbPerProcess: model?.memoryMb,
    command: `npm run models -- use ${name}`,
  };
}
