import { readFileSync } from 'node:fs';
import { fromProject } from '../../src/config/project-paths.js';

export const ALERTS_FILE = 'deploy/prometheus/alerts.yml';

export interface AlertRule {
  name: string;
  expr: string;
  summary: string;
  runbook: string;
}

/** The rules, as the file writes them: each begins with its name, and its expression is a block. */
export function alertRules(): AlertRule[] {
  return readFileSync(fromProject(ALERTS_FILE), 'utf8')
    .split(/^ {6}- /m)
    .slice(1)
    .map((rule) => ({
      name: valueOf(rule, /^alert: (\w+)$/m),
      expr: valueOf(rule, /^ {8}expr: \|-\n((?: {10}.*\n)+)/m),
      summary: valueOf(rule, /^ {10}summary: '(.+)'$/m),
      runbook: valueOf(rule, /^ {10}runbook: (\S+)$/m),
    }));
}

function valueOf(rule: string, pattern: RegExp): string {
  const [, value] = pattern.exec(rule) ?? [];
  if (value === undefined) throw new Error(`${pattern} is not in the rule:\n${rule}`);
  return value;
}
