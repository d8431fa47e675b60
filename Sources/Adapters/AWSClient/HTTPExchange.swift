/// One request answered over HTTP: all that the clients of AWS ask of a network.
///
/// A test answers from a script; the daemon answers with ``HTTPConnections``.
public struct HTTPExchange: Sendable {
    /// Sends a request once. An answer with any status is an answer; only its absence is a failure.
    public var perform: @Sendable (HTTPRequest, HTTPLimits) async throws(HTTPFailure) -> HTTPAnswer

    public init(perform: @escaping @Sendable (HTTPRequest, HTTPLimits) async throws(HTTPFailure) -> HTTPAnswer) {
        self.perform = perform
    }
}

/// How long and how large an answer may be.
public struct HTTPLimits: Hashable, Sendable {
    /// From the first byte of the request to the last of the answer, connecting included.
    public var timeout: Duration
    public var bytesMax: Int

    public init(timeout: Duration, bytesMax: Int) {
        self.timeout = timeout
        self.bytesMax = bytesMax
    }
}

/// A field of a request or an answer.
public struct HTTPField: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A request with its whole body.
///
/// What it says of itself names neither field values nor the body: both carry credentials.
public struct HTTPRequest: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
    }

    public var method: Method
    public var url: HTTPURL
    /// In the order in which they are sent, without `Host` and `Content-Length`, which the connection adds.
    public var fields: [HTTPField]
    public var body: [UInt8]

    public init(_ method: Method, _ url: HTTPURL, fields: [HTTPField] = [], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }

    public var description: String { "\(method.rawValue) \(url.scheme.rawValue)://\(url.authority)\(url.path), \(body.count) bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// An answer with its whole body.
///
/// What it says of itself leaves the body out: credentials come in bodies.
public struct HTTPAnswer: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var status: Int
    public var fields: [HTTPField]
    public var body: [UInt8]

    public init(status: Int, fields: [HTTPField] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// Returns the first field of that name, whatever its case.
    public subscript(name: String) -> String? {
        let name = name.lowercased()
        return fields.first { $0.name.lowercased() == name }?.value
    }

    public var text: String { String(decoding: body, as: UTF8.self) }
    public var description: String { "HTTP \(status), \(body.count) bytes" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a request has no answer.
public struct HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// No connection came about, so nothing was sent.
        case notConnected
        /// The time ran out; the request may have been carried out.
        case timedOut
        /// The connection ended before the answer did; the request may have been carried out.
        case broken
        /// The answer is larger than allowed.
        case tooLarge
        /// The caller was cancelled.
        case cancelled
    }

    public var kind: Kind
    /// What failed, on which host, with its numbers.
    public var message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
