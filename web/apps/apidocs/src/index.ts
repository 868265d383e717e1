/** What tests and other packages may use of these pages. */
export { bounds, form } from './forms';
export { blocks, runs } from './markdown';
