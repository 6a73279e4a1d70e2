// Sentences to begin with. The first is already filled when a visitor arrives.

export type ExampleId = "poem" | "idiom" | "everyday" | "twoBlanks" | "severalWords";

export interface Example {
  readonly id: ExampleId;
  readonly text: string;
  /** The part of it that is recognised at a glance. */
  readonly brief: string;
}

export const FIRST_EXAMPLE: Example = {
  id: "poem",
  text: "春风又绿江南[MASK]，明月何时照我还。",
  brief: "又绿江南___",
};

export const EXAMPLES: readonly Example[] = [
  FIRST_EXAMPLE,
  { id: "idiom", text: "画龙点[MASK]", brief: "画龙点___" },
  { id: "everyday", text: "今天天气真___，我们出去走走吧。", brief: "天气真___" },
  { id: "twoBlanks", text: "床前明[MASK]光，疑是地上[MASK]。", brief: "明___光，地上___" },
  { id: "severalWords", text: "经过多年努力，他终于___了自己的梦想。", brief: "___了梦想" },
];
