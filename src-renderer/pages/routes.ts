import type { RouteRecordRaw } from 'vue-router';

/** Every page by its address; each is fetched when it is first opened. */
export const ROUTES: readonly RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./home/HomePage.vue') },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./missing/MissingPage.vue') },
];
