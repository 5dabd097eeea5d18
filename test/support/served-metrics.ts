/** The labels of a series, each with the values that it has. */
export type Labels = Map<string, Set<string>>;

/** What a server serves at `/metrics`: each series by its name. A metric that has no series yet has its name, and no label. */
export function readServed(...texts: readonly string[]): Map<string, Labels> {
  const served = new Map<string, Labels>();
  const labelsOf = (name: string): Labels => {
    const labels = served.get(name) ?? new Map<string, Set<string>>();
    served.set(name, labels);
    return labels;
  };
  for (const line of texts.flatMap((text) => text.split('\n'))) {
    const [, announced] = /^# TYPE (\S+) (?:counter|gauge)$/.exec(line) ?? [];
    if (announced !== undefined) labelsOf(announced);
    const [, name, written = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const labels = labelsOf(name);
    for (const [, label, value] of written.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      labels.set(label!, (labels.get(label!) ?? new Set()).add(value!));
  }
  return served;
}
