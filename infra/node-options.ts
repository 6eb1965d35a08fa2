/**
 * How Node runs where Holdfast moves bytes. A small young generation: buffers lie outside V8's heap and little is
 * allocated inside it, so with the default size cheap collections are rare and whole ones free the buffers instead.
 * Measured (docs/performance.md): reading 254 MB took 1.7 s of processor time instead of 2.8, a backup 2.6 instead of 3.1.
 */
export const streamingNodeOptions = '--max-semi-space-size=2';
