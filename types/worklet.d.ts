/** What an audio worklet finds around it (https://www.w3.org/TR/webaudio/#AudioWorkletGlobalScope); TypeScript's "dom" leaves it out. */

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
