export const handler = async (event: unknown) => ({
  PhysicalResourceId: 'stand-in',
  name: 'api',
  event,
  env: Object.keys(process.env)
    .filter((name) => name.startsWith('HOLDFAST_'))
    .sort(),
});
