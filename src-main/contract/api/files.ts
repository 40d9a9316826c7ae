import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from './api-errors.ts';

const path = z.string().min(1).max(4096);
const bytes = z.int().nonnegative();

/** Where a page may look for files, and how a person can name one. */
export const fileRootsSchema = z.object({
  /** Folders to begin with. */
  roots: z.array(z.object({ path: z.string(), name: z.string() })),
  /** `files.pick` opens a dialog of the system; without it the page shows its own. */
  hasDialogs: z.boolean(),
  /** What parts a path: `/` or `\`. */
  separator: z.enum(['/', '\\']),
});
export type FileRoots = z.infer<typeof fileRootsSchema>;

export const fileEntrySchema = z.object({
  name: z.string(),
  path: z.string(),
  isFolder: z.boolean(),
  /** A folder with a model in Hugging Face form. */
  isModel: z.boolean(),
  bytes,
  /** Milliseconds since 1970. */
  modifiedAt: z.int(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

export const folderListSchema = z.object({
  folder: z.string(),
  /** The folder around it; null when that may not be looked into. */
  parent: z.string().nullable(),
  /** Folders first, then files, each by name. */
  entries: z.array(fileEntrySchema),
  /** There were more than are listed. */
  isCut: z.boolean(),
});
export type FolderList = z.infer<typeof folderListSchema>;

/** Endings without their dot, such as `jsonl`; none for every file. */
const kinds = z
  .array(z.string().regex(/^[a-z0-9.]{1,20}$/))
  .max(50)
  .default([]);

export const pickRequestSchema = z.object({
  what: z.enum(['file', 'files', 'folder', 'new_folder']),
  title: z.string().max(200),
  kinds,
  /** Where the dialog starts. */
  folder: path.nullable().default(null),
});
export type PickRequest = z.infer<typeof pickRequestSchema>;

/** A piece of a file that is sent: 1 MiB as base64, with room. */
export const UPLOAD_CHUNK_BYTES = 2 ** 20;
const chunk = z.string().max(2 * UPLOAD_CHUNK_BYTES);
const upload = z.uuid();

export const uploadRequestSchema = z.object({
  /** Names as they were dropped; those of a folder with its name and `/`: `model/config.json`. */
  files: z
    .array(z.object({ name: z.string().min(1).max(1024), bytes }))
    .min(1)
    .max(1000),
});
export type UploadRequest = z.infer<typeof uploadRequestSchema>;

const procedure = oc.errors(errors);

/** Finding, naming and bringing files. */
export const filesContract = {
  roots: procedure.output(fileRootsSchema),
  list: procedure.input(z.object({ folder: path, kinds })).output(folderListSchema),
  makeFolder: procedure
    .input(z.object({ folder: path, name: z.string().min(1).max(255) }))
    .output(z.object({ path: z.string() })),
  /** A dialog of the system; no paths when it was closed without a choice. */
  pick: procedure.input(pickRequestSchema).output(z.object({ paths: z.array(z.string()) })),
  /** Bringing a file or a folder from a browser: begin, write every piece in order, end; `path` is then where it lies. */
  beginUpload: procedure.input(uploadRequestSchema).output(z.object({ upload })),
  writeUpload: procedure
    .input(z.object({ upload, index: z.int().nonnegative(), offset: bytes, data: chunk }))
    .output(z.object({ received: bytes })),
  endUpload: procedure.input(z.object({ upload })).output(z.object({ path: z.string() })),
  dropUpload: procedure.input(z.object({ upload })).output(z.object({ upload })),
};
