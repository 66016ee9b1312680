/*
 * Open this file first: it starts the page, and `app.tsx` is its frame: login, navigation, switches. `pages/` has one file for
 * each page, `phones/` what the sandbox phones show, `parts/` what several pages show, and `texts/` all words in each language.
 * `request.ts` calls the relay, with `use-answer.ts` for what is read, `route.ts` reads the address, and `settings.ts` keeps
 * language and theme.
 */

import { render } from 'preact';
import { App } from './app';

const root = document.getElementById('page');
if (root !== null) render(<App />, root);
