import './pages/begin.ts';
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import { config } from 'zod/v4/core';
import AppFrame from './pages/frame/AppFrame.vue';
import { ROUTES } from './pages/routes.ts';
import { useConnection } from './state/use-connection.ts';
import { useTheme } from './state/use-theme.ts';
import './style/tokens.css';
import './style/base.css';
import './style/floating.css';

// The content security policy forbids evaluating strings as code, which zod's compiler would do.
config({ jitless: true });

const app = createApp(AppFrame);
app.use(createPinia());
app.use(createRouter({ history: createWebHistory(), routes: [...ROUTES], scrollBehavior: () => ({ top: 0 }) }));
useTheme();
void useConnection().open();
// Waits one turn, in which the socket is opened and this address's page is requested; both load while the frame mounts.
setTimeout(() => app.mount('#app'));
