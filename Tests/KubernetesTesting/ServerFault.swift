/// What the server does to single requests instead of what it should.
public enum ServerFault: Hashable, Sendable {
    case refuse(Refusal)
    /// An answer of any kind, such as a proxy's page.
    case answer(status: Int, contentType: String, body: String)
    /// The request is taken and nothing is ever said.
    case hang
    /// The connection ends before the answer begins; what was asked is not done.
    case cut
    /// The answer comes whole, each byte in a chunk of its own.
    case trickle
    /// The connection ends in the middle of the answer, after so many bytes of its body.
    case cutAfter(bytes: Int)
    /// For watches: the head of the answer comes and then these lines, and the watch ends in order.
    case lines([String])
}
