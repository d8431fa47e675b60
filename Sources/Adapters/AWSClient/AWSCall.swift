/// One call to a Query API, before it is signed.
public struct AWSCall: Hashable, Sendable {
    public var endpoint: ServiceEndpoint
    public var parameters: QueryParameters
    /// What the service calls the operation, such as `CreateNetworkInterface`; each has a bucket of its own.
    public var action: String
    /// Whether carrying it out twice is the same as once.
    public var isRepeatable: Bool
    /// False for the calls that bring the first credentials.
    public var isSigned: Bool

    public init(
        _ action: String, at endpoint: ServiceEndpoint, _ parameters: QueryParameters, isRepeatable: Bool, isSigned: Bool = true
    ) {
        self.action = action
        self.endpoint = endpoint
        self.parameters = parameters
        self.isRepeatable = isRepeatable
        self.isSigned = isSigned
    }

    var request: HTTPRequest {
        HTTPRequest(
            .post, endpoint.url,
            fields: [HTTPField("Content-Type", QueryParameters.contentType), HTTPField("User-Agent", "berth")], body: parameters.body)
    }
}
