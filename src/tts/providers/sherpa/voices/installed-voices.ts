import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isBeingPulled } from '../../../../models/pulled-folder.js';
import { readVoiceFolder, VoiceFolderError, type NeuralVoice } from './voice-folder.js';

/** How long a look at the folders is good for. */
const FRESH_MS = 1_000;

export interface InstalledVoicesEvents {
  /** Once for each state of a folder. */
  onWrong(name: string, reason: string): void;
}

/** The voices in a folder. One that is pulled while the server runs is seen within a second of its last file. */
export class InstalledVoices {
  private voices = new Map<string, NeuralVoice>();
  /** What is wrong, by the name of the folder. */
  private wrong = new Map<string, string>();
  private stamp: string | undefined;
  private lookedAt = -Infinity;

  constructor(
    private readonly folder: string,
    private readonly events: InstalledVoicesEvents,
  ) {}

  /** Sorted by name. */
  all(): readonly NeuralVoice[] {
    this.look();
    return [...this.voices.values()];
  }

  find(name: string): NeuralVoice | undefined {
    this.look();
    return this.voices.get(name);
  }

  /** What is wrong with the folder of that name. */
  faultOf(name: string): string | undefined {
    return this.wrong.get(name);
  }

  private look(): void {
    if (performance.now() - this.lookedAt < FRESH_MS) return;
    this.lookedAt = performance.now();
    const folders = this.list();
    const stamp = JSON.stringify(folders);
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.read(folders.map(([name]) => name));
  }

  private read(names: readonly string[]): void {
    const told = this.wrong;
    this.voices = new Map();
    this.wrong = new Map();
    for (const name of names) {
      try {
        this.voices.set(name, readVoiceFolder(this.folder, name));
      } catch (error) {
        const reason = error instanceof VoiceFolderError ? error.message : 'it cannot be read';
        this.wrong.set(name, reason);
        if (told.get(name) !== reason) this.events.onWrong(name, reason);
      }
    }
  }

  /** The folders with the times of their last changes. */
  private list(): [string, number][] {
    try {
      return readdirSync(this.folder, { withFileTypes: true })
        .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
        .filter(({ name }) => !isBeingPulled(namesIn(join(this.folder, name))))
        .map(({ name }): [string, number] => [name, changedAt(join(this.folder, name))])
        .toSorted(([one], [other]) => (one < other ? -1 : 1));
    } catch {
      return [];
    }
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // Its fault is told when it is read.
    return [];
  }
}

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
