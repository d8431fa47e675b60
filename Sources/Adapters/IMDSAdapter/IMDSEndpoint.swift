public import AWSClient

/// Where the instance metadata service listens.
public struct IMDSEndpoint: Hashable, Sendable {
    public var url: HTTPURL
    /// False when `AWS_EC2_METADATA_DISABLED` is true: nothing is asked then.
    public var isEnabled: Bool

    public init(url: HTTPURL, isEnabled: Bool = true) {
        self.url = url
        self.isEnabled = isEnabled
    }

    /// The service's two addresses (EC2 User Guide, "Instance metadata").
    public static let ipv4 = IMDSEndpoint(url: HTTPURL(scheme: .http, host: "169.254.169.254"))
    public static let ipv6 = IMDSEndpoint(url: HTTPURL(scheme: .http, host: "fd00:ec2::254"))

    /// Reads `AWS_EC2_METADATA_SERVICE_ENDPOINT`, then `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, and `AWS_EC2_METADATA_DISABLED`.
    public init(environment: [String: String]) throws(EnvironmentFault) {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let isEnabled = value("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true"
        if let text = value("AWS_EC2_METADATA_SERVICE_ENDPOINT") {
            guard let url = HTTPURL(text), url.query == nil else {
                throw EnvironmentFault(
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT", "is \"\(text)\", which is no address of HTTP",
                    "set it to one such as http://169.254.169.254, or unset it")
            }
            self.init(url: url, isEnabled: isEnabled)
            return
        }
        switch value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")?.lowercased() {
        case nil, "ipv4": self.init(url: Self.ipv4.url, isEnabled: isEnabled)
        case "ipv6": self.init(url: Self.ipv6.url, isEnabled: isEnabled)
        case let mode?:
            throw EnvironmentFault("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "is \"\(mode)\"", "set it to IPv4 or IPv6")
        }
    }
}
