public import AWSClient
import NodePorts
import Synchronization

/// Calls of the EC2 Query API, with typed answers.
///
/// Describes that are equal and asked at once are made once. One that was asked for after a change never shares the answer of one
/// that was sent before it: it would show the world before the change.
public final class EC2Client: Sendable {
    private let aws: AWSClient
    private let endpoint: ServiceEndpoint
    private let describes = SharedCalls<Question, [UInt8], AWSFailure>(
        cancelled: AWSFailure(code: "RequestCanceled", message: "the describe was cancelled", meaning: .cancelled))
    private let changes = Mutex<UInt64>(0)

    private struct Question: Hashable, Sendable {
        var body: [UInt8]
        /// How many changes had ended before.
        var changes: UInt64
    }

    public init(_ aws: AWSClient, at endpoint: ServiceEndpoint) {
        self.aws = aws
        self.endpoint = endpoint
    }

    /// Pages of one describe; a node's ENIs and a VPC's subnets need one or two.
    private static let pagesMax = 200

    package func perform<Answer>(_ call: EC2Call<Answer>) async throws(AWSFailure) -> Answer {
        let body = call.action.isDescribe ? try await describe(call) : try await change(call)
        do {
            return try XMLAnswer.decode(Answer.self, from: body)
        } catch {
            throw AWSFailure(code: "UnreadableAnswer", message: "\(call.action.rawValue): \(error)", meaning: .unanswered)
        }
    }

    /// Returns every page of a describe.
    package func pages<Page: EC2Page>(_ call: EC2Call<Page>) async throws(AWSFailure) -> [Page] {
        var pages = [try await perform(call)]
        while let token = pages.last?.nextToken, !token.isEmpty {
            guard pages.count < Self.pagesMax else {
                throw AWSFailure(
                    code: "TooManyPages", message: "\(call.action.rawValue) has more than \(Self.pagesMax) pages; narrow its filters",
                    meaning: .unanswered)
            }
            pages.append(try await perform(call.page(at: token)))
        }
        return pages
    }

    /// How many callers wait for a describe at this moment.
    package var waitingForDescribes: Int { describes.waiting }

    private func describe<Answer>(_ call: EC2Call<Answer>) async throws(AWSFailure) -> [UInt8] {
        let awsCall = awsCall(call)
        let question = Question(body: call.parameters.body, changes: changes.withLock { $0 })
        return try await describes.answer(question) { [aws] in
            do throws(AWSFailure) {
                return .success(try await aws.perform(awsCall).body)
            } catch {
                return .failure(error)
            }
        }
    }

    /// A change counts when it has ended, however it ended: after a failure nobody knows.
    private func change<Answer>(_ call: EC2Call<Answer>) async throws(AWSFailure) -> [UInt8] {
        defer { changes.withLock { $0 += 1 } }
        return try await aws.perform(awsCall(call)).body
    }

    private func awsCall<Answer>(_ call: EC2Call<Answer>) -> AWSCall {
        AWSCall(call.action.rawValue, at: endpoint, call.parameters, isRepeatable: call.isRepeatable)
    }
}

extension EC2Failure {
    init(_ failure: AWSFailure) {
        self.init(code: failure.code, message: failure.message, requestID: failure.requestID)
    }
}
