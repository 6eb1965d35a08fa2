import { memoryCatalog } from '../../adapters/memory/catalog.ts';
import { catalogContract } from './catalog.ts';

catalogContract('memory', async () => memoryCatalog());
