/** One line of a hunk. `text` has neither the +, - or blank in front nor the line end. */
export type DiffLine = {
  op: ' ' | '+' | '-';
  /** 1-based line number in the old file; null on an added line. */
  oldLine: number | null;
  /** 1-based line number in the new file; null on a removed line. */
  newLine: number | null;
  text: string;
  /** Present when no line end follows: git's `\ No newline at end of file`. */
  noNewline?: true;
};

/**
 * A run of lines. Starts are 1-based; a side without lines starts at the line in front of the hunk,
 * which is 0 at the top of the file.
 */
export type Hunk = {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  /** What git prints after the second @@: usually the enclosing function. */
  section: string;
  lines: DiffLine[];
};

export type FileStatus = 'added' | 'deleted' | 'modified' | 'renamed' | 'copied';

export type FileChange = {
  /** Path after the change; for a deleted file, the path it had. */
  path: string;
  /** Path before the change; null for an added file. */
  oldPath: string | null;
  status: FileStatus;
  /** True when the content is binary: there are no hunks to look at. */
  binary: boolean;
  /** Octal file modes as git prints them; null when the diff does not say. */
  oldMode: string | null;
  newMode: string | null;
  hunks: Hunk[];
};
