import Foundation
import Records
import Testing

@testable import TUI

@Suite struct MailboxTests {
    @Test("Of a state the newest is kept, of sentences every one, in order; each wakes the loop, and the Log has them all")
    func notices() throws {
        let pipe = Pipe()
        let mailbox = Mailbox(pipe: pipe.fileHandleForWriting.fileDescriptor)
        mailbox.put(Notice(text: "run 2 goes on"))
        mailbox.put(Sample.train(upTo: 30))
        mailbox.put(Notice(text: "run 3 did not start"))
        mailbox.put(Sample.train(upTo: 600))
        let models = mailbox.take()
        #expect(models.compactMap { ($0 as? Notice)?.text } == ["run 2 goes on", "run 3 did not start"])
        #expect(models.count == 3 && models.compactMap { ($0 as? TrainView)?.step } == [Sample.train(upTo: 600).step])
        #expect(mailbox.take().isEmpty && pipe.fileHandleForReading.availableData.count == 4)

        var workbench = Workbench(focus: .log)
        for model in models { _ = workbench.receive(model) }
        var log = LogView()
        log.isLoaded = true
        _ = workbench.receive(log)
        let text = workbench.draw(width: 100, height: 30).text
        #expect(text.contains("run 2 goes on") && text.contains("run 3 did not start"))
    }
}
