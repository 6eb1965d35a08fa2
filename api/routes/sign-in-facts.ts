/** What a program must know to sign somebody in. Open to everybody: it stands in the address of every sign-in page. */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import { route } from '../route.ts';

const signInSchema = z
  .object({
    issuer: z.string().meta({ description: 'As in the tokens’ `iss`; its discovery document has the rest.' }),
    clientId: z
      .string()
      .optional()
      .meta({ description: 'The public client of the stack’s own user pool: PKCE, no secret.' }),
    audience: z.string().optional().meta({ description: 'Of another issuer: what tokens must be for.' }),
    scopes: z.array(z.string()),
    signInUrl: z.string().optional().meta({ description: 'Where people type their password.' }),
  })
  .meta({ id: 'SignIn' });

export const signInRoutes = [
  route(
    {
      name: 'GET /v1/sign-in',
      operationId: 'getSignIn',
      tag: 'sign-in',
      summary: 'Where and how to sign in',
      description: 'By authorization code with PKCE. Says nothing of what is backed up.',
      response: signInSchema,
      examples: {
        response: {
          issuer: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE',
          clientId: '3n4b5urk1ft4fl3mg5e62d9ado',
          scopes: ['openid', 'email', 'profile'],
          signInUrl: 'https://holdfast-0a1b2c3d4e5f.auth.eu-central-1.amazoncognito.com',
        },
      },
    },
    async ({ deps }) => {
      const { signIn } = deps.settings;
      if (signIn) return signIn;
      throw new HoldfastError('NOT_FOUND', 'Nobody signs in here: this API is not behind a sign-in', {
        next: 'Use the command line with AWS credentials.',
      });
    },
  ),
];
