import SeededRandom

/// One call of the plugin as the runtime would make it.
struct FuzzInput: CustomStringConvertible {
    var environment: [String: String]
    var bytes: [UInt8]

    var description: String {
        environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ") + "\n" + String(decoding: bytes, as: UTF8.self)
    }
}

/// Calls of which some are whole, and others damaged in a few places.
struct FuzzInputs {
    private var random: SplitMix64
    private let documents = Self.documents.map { Array($0.utf8) }

    init(_ random: SplitMix64) {
        self.random = random
    }

    mutating func next() -> FuzzInput {
        var environment = Self.environment
        environment["CNI_COMMAND"] = pick(["ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"])
        if random.below(16) == 0 {
            environment[pick(Array(Self.environment.keys.sorted()))] = pick([
                "", "..", "a/b", "a b", "\u{0}", String(repeating: "x", count: 300),
            ])
        }
        var bytes = pick(documents)
        for _ in 0..<pick([0, 0, 1, 1, 2, 3, 8]) { damage(&bytes) }
        return FuzzInput(environment: environment, bytes: bytes)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

    /// Another byte, a byte less, a token more, a stretch repeated, a stretch of another document, or an early end.
    private mutating func damage(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = random.below(bytes.count)
        let end = min(bytes.count, place + 1 + random.below(24))
        switch random.below(8) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        case 2, 3: bytes.insert(contentsOf: pick(Self.tokens).utf8, at: place)
        case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 5: bytes.removeSubrange(place..<end)
        case 6:
            let other = pick(documents)
            let from = random.below(other.count)
            bytes.replaceSubrange(place..<end, with: other[from..<min(other.count, from + 24)])
        default: bytes.removeLast(bytes.count - place)
        }
    }

    private static let environment = [
        "CNI_CONTAINERID": "c0ffee", "CNI_NETNS": "/run/netns/pod", "CNI_IFNAME": "eth0", "CNI_PATH": "/opt/cni/bin:/usr/lib/cni",
        "CNI_ARGS": "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web-0;K8S_POD_UID=1;x=y",
    ]

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "true", "0", "-1", "1e999", "9223372036854775808",
        "\"cniVersion\":\"0.2.0\",", "\"mtu\":0,", "\"vethPrefix\":\"eth\",", "\"prevResult\":{},", "\"interface\":99,", "/33", "::/129",
        "\u{feff}",
        String(repeating: "[", count: 70), "\"cni.dev/valid-attachments\":null,",
    ]

    /// Requests of every version, and of runtimes that write them differently.
    private static let documents = [
        #"{"cniVersion":"1.0.0","name":"berth","type":"berth-cni"}"#,
        #"{"cniVersion":"0.4.0","name":"aws-cni","type":"berth-cni","vethPrefix":"eni","mtu":"9001","pluginLogFile":"/var/log/x","x":[1,2.5e3,null]}"#,
        #"{"name":"berth","type":"berth-cni","dns":{},"ipam":{"type":"host-local","ranges":[]}}"#,
        #"""
        {"cniVersion":"1.1.0","name":"berth","type":"berth-cni","mtu":1500,"args":{"cni":{"ips":["10.0.0.7"]}},"runtimeConfig":
        {"io.kubernetes.cri.pod-annotations":{"a":"b"},"bandwidth":{"ingressRate":1000}},"prevResult":{"cniVersion":"1.1.0",
        "interfaces":[{"name":"eni1","mac":"02:00:00:00:00:01","mtu":9001,"x-theirs":{"a":[1]}},{"name":"eth0","mac":"02:00:00:00:00:02",
        "sandbox":"/run/netns/pod","socketPath":"/s","pciID":"p"}],"ips":[{"address":"10.0.32.7/32","gateway":"169.254.1.1","interface":1},
        {"address":"2600::7/128","interface":1}],"routes":[{"dst":"0.0.0.0/0","gw":"169.254.1.1","mtu":1400,"advmss":1360,"priority":5,
        "table":7,"scope":253},{"dst":"::/0"}],"dns":{"nameservers":["10.0.0.2"],"domain":"d","search":["s"],"options":["o"]},"x-keep":1}}
        """#,
        #"""
        {"cniVersion":"0.3.1","name":"n","type":"berth-cni","prevResult":{"cniVersion":"0.3.1","interfaces":[{"name":"eth0","sandbox":"/x"}],
        "ips":[{"version":"4","interface":0,"address":"10.0.0.5/24","gateway":"10.0.0.1"}],"routes":null,"dns":{}}}
        """#,
        #"""
        {"cniVersion":"0.2.0","name":"n","type":"berth-cni","prevResult":{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.5/24","gateway":"10.0.0.1",
        "routes":[{"dst":"0.0.0.0/0","gw":"10.0.0.1"}]},"ip6":{"ip":"fd00::5/64","routes":[{"dst":"::/0"}]},"dns":{"nameservers":[]}}}
        """#,
        #"{"cniVersion":"1.1.0","name":"berth","type":"berth-cni","cni.dev/valid-attachments":[{"containerID":"a","ifname":"eth0"}]}"#,
        #"{"cniVersion":"1.1.0","name":"berth","type":"berth-cni","cni.dev/attachments":[{"containerID":"a","ifname":"eth0","x":1}]}"#,
        #"{"cniVersion":"1.1.0","name":"berth","type":"berth-cni","cni.dev/valid-attachments":null}"#,
        #"{"cniVersion":"2.0.0","name":"../x","type":7,"a":"\ud83d\ude00\u00e9","b":-0.0E+10,"c":[[],{}]}"#, "{}", "[]", "null", " ",
        "\"x\"",
    ]
}
