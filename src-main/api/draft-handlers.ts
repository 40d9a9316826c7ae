import { inTransaction } from '../store/database.ts';
import { deleteDraft, listDrafts, readDraft, upsertDraft } from '../store/queries/drafts.ts';
import { base } from './base.ts';

const { drafts } = base;

export const draftHandlers = {
  list: drafts.list.handler(({ input, context: { host } }) => [...listDrafts(host.setup.store.read, input.prefix)]),
  get: drafts.get.handler(({ input, context: { host } }) => readDraft(host.setup.store.read, input.name)),
  save: drafts.save.handler(({ input, context: { host } }) => {
    const { store, now } = host.setup;
    const draft = { text: input.text, updatedAt: now() };
    inTransaction(store.write, () => upsertDraft(store.write, input.name, draft));
    return draft;
  }),
  remove: drafts.remove.handler(({ input, context: { host } }) => {
    const { store } = host.setup;
    inTransaction(store.write, () => deleteDraft(store.write, input.name));
    return {};
  }),
};
