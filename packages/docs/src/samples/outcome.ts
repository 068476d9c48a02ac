/** What the process that runs samples is given, and what it gives back; both as JSON. */

export interface Task {
  api: string;
  operationId: string;
  /** Path of the TypeScript sample. */
  file: string;
  curl: string;
  /** What the URL in `curl` begins with, in whose place the mock stands. */
  baseUrl: string;
}

/** Why a sample failed, by language; nothing where it ran. */
export interface Outcome {
  typescript?: string;
  curl?: string;
}

export interface Report {
  /** In the order of the tasks. */
  outcomes: Outcome[];
  /** Whether there was a `curl` to run. */
  hasCurl: boolean;
}
