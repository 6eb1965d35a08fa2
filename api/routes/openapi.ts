/** The document of this API, for people and for generators of clients. */
import { z } from 'zod';
import { type Route, route } from '../route.ts';

/** `routes` are all of the API, this one too. */
export const openapiRoute = (routes: () => readonly Route[]) =>
  route(
    {
      name: 'GET /v1/openapi.json',
      operationId: 'getOpenapi',
      tag: 'health',
      summary: 'This document',
      response: z.looseObject({ openapi: z.string() }),
    },
    async ({ deps }) => {
      // What draws it is large, and nobody asks for it on an ordinary day.
      const { openapiDocument } = await import('../openapi.ts');
      return openapiDocument(routes(), deps.settings.version);
    },
  );
