import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import Synchronization
import Testing

struct EC2ClientTests {
    /// An EC2 that answers only when it is told to.
    private final class SlowEC2: Sendable {
        private struct Question {
            var body: String
            var answer: CheckedContinuation<Void, Never>
        }

        private let waiting = Mutex<[Question]>([])
        private let asked = Mutex(0)

        var questions: Int { asked.withLock { $0 } }

        var exchange: HTTPExchange {
            HTTPExchange { (request, _) throws(HTTPFailure) in
                let body = String(decoding: request.body, as: UTF8.self)
                await withCheckedContinuation { answer in
                    self.waiting.withLock { $0.append(Question(body: body, answer: answer)) }
                    self.asked.withLock { $0 += 1 }
                }
                return HTTPAnswer(200, "<R><nextToken/></R>")
            }
        }

        /// Answers what waits and has that action; everything unless told.
        func answer(_ action: String = "") {
            let answered = waiting.withLock { waiting in
                defer { waiting.removeAll { $0.body.hasPrefix("Action=\(action)") } }
                return waiting.filter { $0.body.hasPrefix("Action=\(action)") }
            }
            for question in answered { question.answer.resume() }
        }

        func isAsked(_ count: Int) async { await eventually { questions >= count } }
    }

    private func client(_ ec2: SlowEC2) -> EC2Client {
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", source: "the test")
        let aws = AWSClient(ec2.exchange, credentials: .fixed(keys), clock: VirtualClock().clock)
        let url = HTTPURL(scheme: .https, host: "ec2.eu-central-1.amazonaws.com")
        return EC2Client(aws, at: ServiceEndpoint(.ec2, region: "eu-central-1", url: url))
    }

    @Test func equalDescribesAtOnceAreMadeOnce() async throws {
        let ec2 = SlowEC2()
        let client = client(ec2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await client.perform(.describeSubnets()) } }
            group.addTask { _ = try await client.perform(.describeSubnets([SubnetID(unchecked: "subnet-0a")])) }
            await ec2.isAsked(2)
            await eventually { client.waitingForDescribes == 21 }
            ec2.answer()
            try await group.waitForAll()
        }
        #expect(ec2.questions == 2)
    }

    @Test func aDescribeAfterAChangeNeverSharesOneFromBeforeIt() async throws {
        let ec2 = SlowEC2()
        let client = client(ec2)
        let before = Task { try await client.perform(.describeSubnets()) }
        await ec2.isAsked(1)
        let change = Task { try await client.perform(.deleteNetworkInterface(ENIID(unchecked: "eni-0a"))) }
        await ec2.isAsked(2)
        ec2.answer("DeleteNetworkInterface")
        _ = try await change.value
        let after = Task { try await client.perform(.describeSubnets()) }
        await ec2.isAsked(3)
        ec2.answer()
        _ = try await (before.value, after.value)
        #expect(ec2.questions == 3)
    }

    @Test func changesThatAreEqualAreAllMade() async throws {
        let ec2 = SlowEC2()
        let client = client(ec2)
        let eni = ENIID(unchecked: "eni-0a")
        let calls = (0..<3).map { _ in Task { try await client.perform(.assignPrivateIPAddresses(1, to: eni)) } }
        await ec2.isAsked(3)
        ec2.answer()
        for call in calls { _ = try await call.value }
    }
}
