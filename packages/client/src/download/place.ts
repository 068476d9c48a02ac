/** Where a file goes, and putting it there. */
import type { Stats } from "node:fs";
import { link, lstat, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { OptionError } from "../errors/option-error.ts";
import { lastSegment, parseFileName, toSafeFileName } from "./file-name.ts";

/** A folder that exists, and the name of the file where the target says it. */
export interface Place {
  folder: string;
  name: string | undefined;
}

const lastResortName = "download";

/**
 * Reads a target: the path of a file, or a folder. A link is followed.
 *
 * @throws {OptionError} when the folder does not exist, or the target is neither.
 */
export async function findPlace(target: string | URL): Promise<Place> {
  const given = target instanceof URL && target.protocol === "file:" ? fileURLToPath(target) : target;
  if (typeof given !== "string" || given === "" || given.includes("\0")) {
    throw new OptionError(`The target is ${JSON.stringify(given)}; it takes the path or file URL of a file or folder.`);
  }
  const found = await stat(given).catch(() => undefined);
  if (found?.isDirectory()) return { folder: resolve(given), name: undefined };
  const isFolder = given.endsWith(sep) || given.endsWith("/");
  const path = found && !isFolder ? await realpath(given) : resolve(given);
  const folder = isFolder ? path : dirname(path);
  if (isFolder || !(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new OptionError(`The target is ${JSON.stringify(given)}, but there is no folder ${folder}; it has to exist.`);
  }
  return { folder, name: basename(path) };
}

/** The file's path: in a folder, named by the answer, else by the caller, else by the URL, else "download". */
export function toPath({ folder, name }: Place, response: Response, fileName: string | undefined): string {
  if (name !== undefined) return join(folder, name);
  const proposed = parseFileName(response.headers.get("content-disposition") ?? "");
  const last = lastSegment(response.url);
  return join(
    folder,
    (proposed && toSafeFileName(proposed)) ?? fileName ?? (last && toSafeFileName(last)) ?? lastResortName,
  );
}

/**
 * What is at a path, and may be replaced; undefined where there is nothing.
 *
 * @throws {OptionError} when it may not: because of the option, because it is no file, or because it is read-only.
 */
export async function findReplaced(path: string, overwrite: boolean): Promise<Stats | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return undefined;
  if (!overwrite) throw alreadyExists(path);
  // A link stays a link in the path of a file (it has been followed); in a folder, it is replaced and not followed: its
  // name comes from the service.
  if (found.isSymbolicLink()) return undefined;
  if (!found.isFile())
    throw new OptionError(`${path} is there and is no file; the target has to be a file or a folder.`);
  if ((found.mode & 0o222) === 0) throw new OptionError(`${path} is there and is read-only; it is not replaced.`);
  return found;
}

/** Errors of file systems that have no hard links. */
const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"];

/**
 * Gives a file its final path, in one step: at no time is there a part of it, or nothing where something was.
 *
 * @throws {OptionError} when there is a file meanwhile, and it may not be replaced.
 */
export async function moveInto(path: string, temporary: string, overwrite: boolean): Promise<void> {
  if (overwrite) return rename(temporary, path);
  try {
    // Unlike `rename`, fails where there is something. The other name is removed afterwards.
    await link(temporary, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw alreadyExists(path);
    if (!withoutLinks.includes(code)) throw error;
    await findReplaced(path, false);
    await rename(temporary, path);
  }
}

function alreadyExists(path: string): OptionError {
  return new OptionError(`${path} exists already; choose another target, or set "overwrite" to true.`);
}
