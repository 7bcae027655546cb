// The experiments of zu-dann: files of `experiments/`, built in, so that an installed binary has them too.
import Training

extension ZuDannSystem {
    public var experiments: [EmbeddedExperiment] {
        [
            EmbeddedExperiment("demo", PackageResources.demo_toml),
            EmbeddedExperiment("demo-audio-only", PackageResources.demo_audio_only_toml),
            EmbeddedExperiment("demo-video-only", PackageResources.demo_video_only_toml),
            EmbeddedExperiment("demo-source-only", PackageResources.demo_source_only_toml),
            EmbeddedExperiment("zu-dann/audio", PackageResources.zu_dann_audio_toml),
            EmbeddedExperiment("zu-dann/video", PackageResources.zu_dann_video_toml),
            EmbeddedExperiment("zu-dann/early", PackageResources.zu_dann_early_toml),
            EmbeddedExperiment("zu-dann/middle", PackageResources.zu_dann_middle_toml),
            EmbeddedExperiment("zu-dann/late", PackageResources.zu_dann_late_toml),
            EmbeddedExperiment("zu-dann/base", PackageResources.zu_dann_base_toml),
            EmbeddedExperiment("zu-dann/base-augment", PackageResources.zu_dann_base_augment_toml),
            EmbeddedExperiment("zu-dann/base-lora", PackageResources.zu_dann_base_lora_toml),
            EmbeddedExperiment("zu-dann/base-full", PackageResources.zu_dann_base_full_toml),
            EmbeddedExperiment("zu-dann/base-speaker", PackageResources.zu_dann_base_speaker_toml),
            EmbeddedExperiment("zu-dann/base-full-speaker", PackageResources.zu_dann_base_full_speaker_toml),
        ]
    }
}
