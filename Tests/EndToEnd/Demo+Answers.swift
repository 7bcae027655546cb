// A demo run's answers about its validation clips.
import Records
import Store
import Testing

extension Demo {
    /// An answer of the main head.
    struct WrongAnswer {
        var clip: String
        var predicted: Int
        var confidence: Float
    }

    /// The answers of the best epoch of run 1 that are wrong.
    static func wrongAnswers(_ store: RunStore, in part: Part) throws -> [WrongAnswer] {
        let head = try #require(try store.run(1)?.plan?.task.main)
        return try #require(try store.bestAnswers(run: 1)).answers.filter { $0.sample.part == part && $0.isRight(head) == false }.compactMap
        {
            answer in
            answer.answer(of: head).map {
                WrongAnswer(clip: answer.sample.clip, predicted: $0, confidence: answer.outputs[head.name]?.max() ?? 0)
            }
        }
    }
}
