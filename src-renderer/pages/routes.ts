import type { RouteRecordRaw } from 'vue-router';

/** Every page by its address; each is loaded when first opened. */
export const ROUTES: readonly RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./home/HomePage.vue') },
  { path: '/runs/new', name: 'new-run', component: () => import('./new-run/NewRunPage.vue') },
  { path: '/datasets', name: 'datasets', component: () => import('./datasets/DatasetsPage.vue') },
  { path: '/datasets/:id(\\d+)', name: 'dataset', component: () => import('./datasets/DatasetPage.vue') },
  { path: '/models', name: 'models', component: () => import('./models/ModelsPage.vue') },
  { path: '/models/look', name: 'model', component: () => import('./models/ModelPage.vue') },
  { path: '/playground', name: 'playground', component: () => import('./playground/PlaygroundPage.vue') },
  { path: '/queue', name: 'queue', component: () => import('./queue/QueuePage.vue') },
  { path: '/runs', name: 'runs', component: () => import('./runs/RunsPage.vue') },
  { path: '/runs/:id/:tab?', name: 'run', component: () => import('./run/RunPage.vue') },
  { path: '/export/:id', name: 'export', component: () => import('./export/ExportPage.vue') },
  { path: '/settings', name: 'settings', component: () => import('./settings/SettingsPage.vue') },
  { path: '/news', name: 'news', component: () => import('./news/NewsPage.vue') },
  { path: '/reference', name: 'reference', component: () => import('./reference/ReferencePage.vue') },
  { path: '/studies', name: 'studies', component: () => import('./studies/StudiesPage.vue') },
  { path: '/studies/new', name: 'new-study', component: () => import('./new-study/NewStudyPage.vue') },
  { path: '/studies/:id(\\d+)', name: 'study', component: () => import('./study/StudyPage.vue') },
  { path: '/studies/ratings/:id', name: 'rating', component: () => import('./ratings/RatingPage.vue') },
  { path: '/reward-models/:id', name: 'reward-model', component: () => import('./reward-models/RewardModelPage.vue') },
  { path: '/:rest(.*)*', name: 'missing', component: () => import('./missing/MissingPage.vue') },
];
