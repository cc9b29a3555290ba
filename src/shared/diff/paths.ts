import type { Header } from './header.ts';
import type { Mark } from './names.ts';
import { barePaths, withoutPrefix, type NamePair } from './pairs.ts';
import type { FileChange } from './types.ts';

type Test = (name: string) => boolean;

/** Whether the names behind `---` and `+++` are those that the lines above gave. */
function agree(marks: Header['marks'], isOld: Test, isNew: Test): boolean {
  const holds = (mark: Mark | undefined, test: Test): boolean =>
    mark === undefined || mark.absent || test(mark.name);
  return holds(marks?.old, isOld) && holds(marks?.new, isNew);
}

/** Git prints the names of a rename or copy without the prefix that the others have. */
function isMoved(bare: string): Test {
  return (name) => name === bare || name.endsWith(`/${bare}`);
}

function printedPaths({ names, marks }: Header): NamePair | null {
  if (names !== null) return barePaths(names);
  if (marks === null || (marks.old.absent && marks.new.absent)) return null;
  const [oldName, newName] = [marks.old.name, marks.new.name];
  if (oldName === '/dev/null') return { old: '', new: withoutPrefix(newName) };
  if (newName === '/dev/null') return { old: withoutPrefix(oldName), new: '' };
  return barePaths({ old: oldName, new: newName });
}

/** The paths a header tells of, without prefixes; null when they are missing or do not agree. */
export function pathsOf(header: Header): Pick<FileChange, 'path' | 'oldPath'> | null {
  const { names, marks, from, to, status } = header;
  if (status === 'renamed' || status === 'copied') {
    const clear = from !== null && to !== null && agree(marks, isMoved(from), isMoved(to));
    return clear ? { path: to, oldPath: from } : null;
  }
  if (
    names !== null &&
    !agree(
      marks,
      (name) => name === names.old,
      (name) => name === names.new,
    )
  ) {
    return null;
  }
  const printed = printedPaths(header);
  if (printed === null) return null;
  const path = status === 'deleted' ? printed.old : printed.new;
  const oldPath = status === 'added' ? null : printed.old;
  return path === '' || oldPath === '' ? null : { path, oldPath };
}
