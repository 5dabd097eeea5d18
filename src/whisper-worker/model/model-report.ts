import type { Task } from '../engine.js';
import { HostedEngine } from '../host/hosted-engine.js';
import type { CurrentEngine } from './current-engine.js';
import { residentBytes } from './machine-memory.js';
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
  /** The model of sessions that began before the last change. */
  formerModel?: string;
  /** What becomes of a choice that is not in use. */
  change?: ModelChange;
}

export async function reportOf(engines: CurrentEngine, change?: ModelChange): Promise<ModelReport> {
  const { engine, loadMs } = engines.loaded;
  const memoryBytes = await memoryOf(engines);
  const former = engines.formerModel;
  return {
    engine: engine.name,
    model: engine.model,
    languages: [...engine.languages],
    tasks: [...engine.tasks],
    detectsLanguage: engine.detectsLanguage,
    loadMs,
    ...(memoryBytes !== undefined && { memoryBytes }),
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
