import AWSClient
import AWSTesting
import Addressing
import EC2Adapter
import NodePorts

/// A node whose EC2 answers from a script, in virtual time.
struct EC2Script {
    let time = VirtualClock()
    let exchange: ScriptedExchange
    let node: NodeEC2

    static let instance = InstanceID(unchecked: "i-0a")
    static let eni = ENIID(unchecked: "eni-0b")

    /// - Parameter shows: What the instance's metadata say of an ENI; nothing unless told.
    init(_ answers: [HTTPAnswer], takesUntagged: Bool = true, shows: @escaping @Sendable (MACAddress) -> Bool? = { _ in nil }) {
        self.init(results: answers.map { .success($0) }, takesUntagged: takesUntagged, shows: shows)
    }

    init(
        results: [ScriptedExchange.Answer], takesUntagged: Bool = true,
        shows: @escaping @Sendable (MACAddress) -> Bool? = { _ in nil }
    ) {
        exchange = ScriptedExchange(results)
        let keys = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "hush", source: "the test")
        let aws = AWSClient(exchange.exchange, credentials: .fixed(keys), clock: time.clock)
        let url = HTTPURL(scheme: .https, host: "ec2.eu-central-1.amazonaws.com")
        let client = EC2Client(aws, at: ServiceEndpoint(.ec2, region: "eu-central-1", url: url))
        let view = InstanceView(
            vpcBlocks: { () throws(EC2Failure) in [IPv4CIDR(containing: IPv4Address(10, 0, 0, 0), prefixLength: 16)] }, shows: { shows($0) }
        )
        let place = NodeEC2.Place(
            instance: Self.instance, vpc: "vpc-0a", zones: ["eu-central-1a"], tags: ["cluster": "c"], takesUntagged: takesUntagged)
        node = NodeEC2(client, place: place, view: view, clock: time.clock)
    }

    var control: EC2Control { node.control }

    /// The body of the request with that number, decoded as far as these tests need.
    func body(_ number: Int) -> String {
        exchange.requests.indices.contains(number) ? String(decoding: exchange.requests[number].body, as: UTF8.self) : ""
    }

    // MARK: - Answers

    static let done = HTTPAnswer(200, "<R><return>true</return></R>")

    static func created(_ eni: String) -> HTTPAnswer { HTTPAnswer(200, "<R><networkInterface>\(eni)</networkInterface></R>") }

    static func enis(_ enis: [String], nextToken: String = "") -> HTTPAnswer {
        let items = enis.map { "<item>\($0)</item>" }.joined()
        return HTTPAnswer(200, "<R><networkInterfaceSet>\(items)</networkInterfaceSet><nextToken>\(nextToken)</nextToken></R>")
    }

    static func subnets(_ names: [String] = ["subnet-0a"], nextToken: String = "") -> HTTPAnswer {
        let items = names.map { name in
            """
            <item><subnetId>\(name)</subnetId><availabilityZone>eu-central-1a</availabilityZone><cidrBlock>10.0.0.0/24</cidrBlock>\
            <availableIpAddressCount>200</availableIpAddressCount></item>
            """
        }.joined()
        return HTTPAnswer(200, "<R><subnetSet>\(items)</subnetSet><nextToken>\(nextToken)</nextToken></R>")
    }

    static let attachment = HTTPAnswer(200, "<R><attachmentId>eni-attach-0c</attachmentId></R>")

    /// An ENI as it stands in a list.
    ///
    /// - Parameters:
    ///   - attached: The attachment's state; nil when there is none.
    ///   - secondary: Its last address, besides the primary 10.0.0.5.
    ///   - more: Further elements.
    static func eni(
        _ id: String = "eni-0b", attached: String? = nil, status: String = "in-use", instance: String = "i-0a", deviceIndex: Int = 1,
        secondary: String = "10.0.0.6", tags: [String: String] = [:], more: String = ""
    ) -> String {
        let tags = tags.map { "<item><key>\($0.key)</key><value>\($0.value)</value></item>" }.joined()
        let attachment = attached.map {
            "<attachment><attachmentId>eni-attach-0c</attachmentId><instanceId>\(instance)</instanceId>"
                + "<deviceIndex>\(deviceIndex)</deviceIndex><status>\($0)</status></attachment>"
        }
        return """
            <networkInterfaceId>\(id)</networkInterfaceId><macAddress>02:00:00:00:00:0b</macAddress><subnetId>subnet-0a</subnetId>\
            <status>\(status)</status><privateIpAddress>10.0.0.5</privateIpAddress><privateIpAddressesSet><item>\
            <privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary></item><item><privateIpAddress>\(secondary)\
            </privateIpAddress><primary>false</primary></item></privateIpAddressesSet>\(attachment ?? "")\
            <tagSet>\(tags)</tagSet>\(more)
            """
    }
}
