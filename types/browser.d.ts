/** What Chromium has and TypeScript's DOM library does not: the globals of an AudioWorklet, and the track processor. */

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
  constructor(options?: AudioWorkletNodeOptions);
}
interface RegisteredProcessor extends AudioWorkletProcessor {
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: Record<string, Float32Array>): boolean;
}
declare function registerProcessor(name: string, processor: new (options?: any) => RegisteredProcessor): void;
declare const sampleRate: number;
declare const currentFrame: number;
declare const currentTime: number;

declare class MediaStreamTrackProcessor {
  constructor(init: { track: MediaStreamTrack; maxBufferSize?: number });
  readonly readable: ReadableStream<VideoFrame>;
}

interface AudioContext {
  /** Of the device that it plays at; empty for the default one. */
  readonly sinkId: string;
  setSinkId(sinkId: string): Promise<void>;
}

interface MediaTrackConstraints {
  /** Chromium's tab capture. */
  mandatory?: Record<string, unknown>;
}

interface Uint8ArrayConstructor {
  /** Chromium 140. */
  fromBase64(text: string): Uint8Array<ArrayBuffer>;
}
