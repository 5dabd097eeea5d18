import type { Registry } from 'prom-client';

/**
 * What exports spans and metrics in this process. `src/telemetry/register.ts` leaves it here when it was loaded; a process
 * without it exports nothing, and holds no module of an SDK.
 */
export interface LoadedExporter {
  /** Loads it in a child process as well: arguments of Node. */
  readonly execArgv: readonly string[];
  /** The standard variables (`OTEL_...`) as they hold here, for such a child. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on the metrics of `registry` are exported. */
  exportMetrics(registry: Registry): void;
  /** Tells of exports that failed. What was to be exported is lost by then. */
  onFailure(listener: (cause: unknown) => void): void;
  /** Exports what is left and stops. Resolves in bounded time, whatever the other side does; never rejects. */
  close(): Promise<void>;
}

let loaded: LoadedExporter | undefined;

export function setExporter(exporter: LoadedExporter): void {
  loaded = exporter;
}

export function loadedExporter(): LoadedExporter | undefined {
  return loaded;
}
