/**
 * `npm run smoke`: proves a deployed stack where it runs. Each function tests itself (its programs, its scratch
 * server, what its role may do and what is refused), the bucket's settings are read back, IAM is asked about every
 * role, and somebody must be there to hear an alert.
 *
 *     npm run smoke -- [--stack NAME] [--region REGION] [--local] [--json]
 *
 * A table on stdout; with --json the table goes to stderr and one object to stdout: `{ok, stack, checks: [{group, name, ok, detail, next?}]}`;
 * `ok` of a check is null when it could not be looked at. Exit code 0 when nothing is wrong.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { awsError } from '../cli/aws/errors.ts';
import { connect } from '../cli/connect.ts';
import { newCorrelationId } from '../cli/context.ts';
import { exitCodeOf, exitCodes, printFailure } from '../cli/failure.ts';
import { allWell, checkTable, findingJson } from '../cli/findings.ts';
import { readLocalState } from '../cli/local-state.ts';
import { Output, terminalOf } from '../cli/output.ts';
import { asHoldfastError, InvalidInput } from '../core/errors.ts';
import { runSmoke } from './smoke/checks.ts';
import { iamSimulator } from './smoke/simulator.ts';

const root = join(import.meta.dirname, '..');

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: 'string' },
        region: { type: 'string' },
        local: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (thrown) {
    const allowed = `--stack, --region, --local, --json (${asHoldfastError(thrown).message})`;
    throw new InvalidInput('command line', [{ field: 'arguments', allowed }]);
  }
}

async function stackResources(
  stackName: string,
  region: string | undefined,
): Promise<StackResourceSummary[]> {
  const client = new CloudFormationClient({ region });
  const found: StackResourceSummary[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stackName }))
      found.push(...(page.StackResourceSummaries ?? []));
  } catch (thrown) {
    throw awsError(thrown, `cloudformation:ListStackResources on ${stackName}`);
  }
  return found;
}

async function main(): Promise<number> {
  const options = readArguments();
  const out = new Output(terminalOf(process, process.env), { json: options.json, verbose: false });
  const context = await connect(options, root);
  const { stack } = context;
  const stackName =
    options.stack ??
    (options.local ? (await readLocalState(root)).stackName : (process.env.HOLDFAST_STACK ?? 'Holdfast'));
  const checks = await runSmoke({
    context,
    resources: () => stackResources(stackName, options.region),
    simulator: async () => iamSimulator(stack, options.region),
    onGroup: (group) => out.note(`testing ${group}…`),
  });
  const ok = allWell(checks);
  const result = {
    ok,
    stack: stackName,
    checks: checks.map(findingJson),
  };
  const table = `${checkTable(out, checks, 'PART')}\n\n${ok ? 'The stack does what it promises' : 'The stack does NOT do what it promises'}.`;
  if (options.json) out.terminal.stderr.write(`${table}\n`);
  out.result(result, () => table);
  return ok ? 0 : exitCodes.internal;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  const error = asHoldfastError(thrown);
  const json = process.argv.includes('--json');
  printFailure(
    new Output(terminalOf(process, process.env), { json, verbose: false }),
    error,
    newCorrelationId(),
  );
  process.exitCode = exitCodeOf(error);
}
