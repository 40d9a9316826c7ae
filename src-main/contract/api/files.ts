import { oc } from '@orpc/contract';
import { z } from 'zod';
import { errors } from './api-errors.ts';

const path = z.string().min(1).max(4096);
const bytes = z.int().nonnegative();

/** Where a page may look for files, and how the user can choose one. */
export const fileRootsSchema = z.object({
  /** Folders to start from. */
  roots: z.array(z.object({ path: z.string(), name: z.string() })),
  /** Whether `files.pick` opens a system dialog; otherwise the page shows its own. */
  hasDialogs: z.boolean(),
  /** The path separator: `/` or `\`. */
  separator: z.enum(['/', '\\']),
});
export type FileRoots = z.infer<typeof fileRootsSchema>;

export const fileEntrySchema = z.object({
  name: z.string(),
  path: z.string(),
  isFolder: z.boolean(),
  /** Whether it is a folder with a model in Hugging Face format, or a GGUF file. */
  isModel: z.boolean(),
  /** Whether it is the folder of an adapter that PEFT saved. */
  isAdapter: z.boolean(),
  bytes,
  /** Milliseconds since 1970. */
  modifiedAt: z.int(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

export const folderListSchema = z.object({
  folder: z.string(),
  /** The parent folder; null if pages may not access it. */
  parent: z.string().nullable(),
  /** Folders first, then files, each by name. */
  entries: z.array(fileEntrySchema),
  /** Whether there are more entries than are listed. */
  isCut: z.boolean(),
});
export type FolderList = z.infer<typeof folderListSchema>;

/** File name extensions without the dot, such as `jsonl`; empty for every file. */
const kinds = z
  .array(z.string().regex(/^[a-z0-9.]{1,20}$/))
  .max(50)
  .default([]);

export const pickRequestSchema = z.object({
  /** `model`: a model folder or a GGUF file. */
  what: z.enum(['file', 'files', 'folder', 'new_folder', 'model']),
  title: z.string().max(200),
  kinds,
  /** Where the dialog starts. */
  folder: path.nullable().default(null),
});
export type PickRequest = z.infer<typeof pickRequestSchema>;

/** Size of one uploaded chunk: 1 MiB before base64, with room to spare. */
export const UPLOAD_CHUNK_BYTES = 2 ** 20;
const chunk = z.string().max(2 * UPLOAD_CHUNK_BYTES);
const upload = z.uuid();

export const uploadRequestSchema = z.object({
  /** Names as they were dropped; files of a folder include its name: `model/config.json`. */
  files: z
    .array(z.object({ name: z.string().min(1).max(1024), bytes }))
    .min(1)
    .max(1000),
});
export type UploadRequest = z.infer<typeof uploadRequestSchema>;

const procedure = oc.errors(errors);

/** Listing, choosing, and uploading files. */
export const filesContract = {
  roots: procedure.output(fileRootsSchema),
  list: procedure.input(z.object({ folder: path, kinds })).output(folderListSchema),
  makeFolder: procedure
    .input(z.object({ folder: path, name: z.string().min(1).max(255) }))
    .output(z.object({ path: z.string() })),
  /** Opens a system dialog; no paths if it was closed without a choice. */
  pick: procedure.input(pickRequestSchema).output(z.object({ paths: z.array(z.string()) })),
  /** Uploads a file or folder from a browser: begin, write every chunk in order, end; `path` is the resulting path. */
  beginUpload: procedure.input(uploadRequestSchema).output(z.object({ upload })),
  writeUpload: procedure
    .input(z.object({ upload, index: z.int().nonnegative(), offset: bytes, data: chunk }))
    .output(z.object({ received: bytes })),
  endUpload: procedure.input(z.object({ upload })).output(z.object({ path: z.string() })),
  dropUpload: procedure.input(z.object({ upload })).output(z.object({ upload })),
};
