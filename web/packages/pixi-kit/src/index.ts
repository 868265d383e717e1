export type { Disposable } from './disposable';
export { Reel, type ReelOptions } from './reel';
export { ReelMotion, type ReelPhase } from './reel-motion';
export { createStage, type Preference, type Stage } from './stage';
export { type Paint, TextureSet } from './textures';
export { easeInOut, easeOut, easeOutBack, Tweens } from './tween';
