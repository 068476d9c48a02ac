/** What is remembered, per session, within limits. */

import type { Resource } from "./resource.ts";

/** Name of the request header that separates sessions. */
export const sessionHeader = "x-artifetch-session";

/** What one mock remembers at most. What is over it is forgotten: the session unused for longest, the oldest resource made. */
export const limits = {
  sessions: 256,
  /** Made by requests, in one session. */
  resources: 1000,
  /** Of all that requests sent and that is remembered, over all sessions. */
  sizeBytes: 64 * 1024 * 1024,
  /** Characters of a session's name. */
  nameLength: 200,
};

export interface Session {
  /** Newest first, then those of the document in its order. */
  resources: Resource[];
  /** Number of ids made; the next id is made from it. */
  made: number;
  /** Of all its resources, at the last {@link Sessions.trim}. */
  sizeBytes: number;
}

export interface Sessions {
  /** The session of a name; a new one where there is none. */
  open(name: string): Session;
  /** To be called after a session has grown. */
  trim(name: string): void;
  forget(name: string): void;
}

export function createSessions(listSeeds: () => Resource[]): Sessions {
  // In the order of their last use.
  const sessions = new Map<string, Session>();
  const total = () => [...sessions.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

  return {
    open(name) {
      const session = sessions.get(name) ?? { resources: listSeeds(), made: 0, sizeBytes: 0 };
      sessions.delete(name);
      sessions.set(name, session);
      const [oldest] = sessions.keys();
      if (sessions.size > limits.sessions && oldest !== undefined) sessions.delete(oldest);
      return session;
    },
    trim(name) {
      const session = sessions.get(name);
      if (!session) return;
      trimResources(session);
      for (const other of sessions.keys()) if (total() > limits.sizeBytes && other !== name) sessions.delete(other);
      // Alone over the limit.
      if (total() > limits.sizeBytes) sessions.delete(name);
    },
    forget(name) {
      sessions.delete(name);
    },
  };
}

/** Keeps the newest of what was made, as far as the limits go. */
function trimResources(session: Session): void {
  let made = 0;
  let sizeBytes = 0;
  session.resources = session.resources.filter((resource) => {
    if (resource.isMade && (made >= limits.resources || sizeBytes + resource.sizeBytes > limits.sizeBytes))
      return false;
    if (resource.isMade) made++;
    sizeBytes += resource.sizeBytes;
    return true;
  });
  session.sizeBytes = sizeBytes;
}
