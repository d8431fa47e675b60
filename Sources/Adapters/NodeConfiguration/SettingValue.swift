import Addressing
import IPAMEngine
import JSON
import PodNetwork

/// How one kind of value is written: what is taken, and how it is told.
struct SettingValue<Value: Sendable>: Sendable {
    /// What may be written, for a table: range and unit.
    let range: String
    /// The same as the end of "Set it to …".
    let expected: String
    /// Nil when the text is no such value.
    let parse: @Sendable (String) -> Value?
    /// The value as it would be written; what its absence means when there is none.
    let text: @Sendable (Value) -> String
}

extension SettingValue<Bool> {
    /// The spellings of Go's `strconv.ParseBool`, which the incumbent accepts.
    static let flag = SettingValue(range: "boolean", expected: "true or false") { text in
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    } text: {
        $0 ? "true" : "false"
    }
}

extension SettingValue<Int> {
    static func whole(_ range: ClosedRange<Int>, _ unit: String) -> SettingValue {
        SettingValue(range: "\(range.lowerBound)–\(range.upperBound) \(unit)", expected: wholeNumber(in: range)) {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        } text: {
            "\($0)"
        }
    }
}

extension SettingValue<Int?> {
    /// - Parameter unset: What holds when nothing is set.
    static func wholeIfSet(_ range: ClosedRange<Int>, _ unit: String, unset: String = "not set") -> SettingValue {
        let whole = SettingValue<Int>.whole(range, unit)
        return SettingValue(range: whole.range, expected: whole.expected) {
            whole.parse($0).map(Optional.some)
        } text: {
            $0.map(whole.text) ?? unset
        }
    }
}

extension SettingValue<Duration> {
    static func seconds(_ range: ClosedRange<Int>) -> SettingValue {
        let whole = SettingValue<Int>.whole(range, "seconds")
        return SettingValue(range: whole.range, expected: whole.expected) {
            whole.parse($0).map { .seconds($0) }
        } text: {
            "\($0.components.seconds)"
        }
    }
}

extension SettingValue<Double> {
    /// A share in percent, with the sign or without.
    static let share = SettingValue(range: "0–50 percent", expected: "a percentage from 0 to 50, such as 5%") { text in
        percentage(text.hasSuffix("%") ? text : text + "%", in: 0...50)
    } text: {
        "\(Int(($0 * 100).rounded()))"
    }
}

extension SettingValue<Double?> {
    /// A chance in percent, or whether there is one at all. The sign is needed: `1` is how others write true.
    static let chance = SettingValue(
        range: "`off`, `on` for 1%, or 0.01%–50%", expected: "off, on, or a chance from 0.01% to 50%, such as 1%"
    ) { text in
        switch text {
        case "off": .some(nil)
        case "on": 0.01
        default: percentage(text, in: 0.01...50).map(Optional.some)
        }
    } text: {
        $0.map { "\($0 * 100)%" } ?? "off"
    }
}

extension SettingValue<String> {
    /// The key of a label or annotation; empty text leaves the usual one, as in the incumbent.
    static func key(else usual: String) -> SettingValue {
        SettingValue(range: "key", expected: "the key of a label, such as topology.kubernetes.io/zone") { text in
            if text.isEmpty { return usual }
            return isLabelKey(text) ? text : nil
        } text: {
            $0
        }
    }
}

extension SettingValue<String> {
    /// What names of links begin with, as the incumbent takes it: what links of other kinds begin with is refused.
    static let linkPrefix = SettingValue(
        range: "1–4 letters and digits", expected: "1 to 4 letters and digits other than eth, lo and vlan"
    ) { text in
        let isPrefix = (1...4).contains(text.utf8.count) && text.utf8.allSatisfy(\.isASCIILetterOrDigit)
        return isPrefix && !["eth", "lo", "vlan"].contains(text) ? text : nil
    } text: {
        $0
    }
}

extension SettingValue<String?> {
    /// A cluster's name, of which EKS allows 100 characters; empty text means none, as in the incumbent.
    static let cluster = SettingValue(
        range: "name", expected: "the name of a cluster: up to 100 letters, digits, dashes and underscores"
    ) { text in
        if text.isEmpty { return .some(nil) }
        let isName = text.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        return isName && text.utf8.count <= 100 ? .some(text) : .none
    } text: {
        $0 ?? "not set"
    }
}

extension SettingValue<String?> {
    /// The key of a taint; empty text means none.
    static let taintKey = SettingValue(range: "key", expected: "the key of a taint, such as berth.dev/no-addresses") { text in
        if text.isEmpty { return .some(nil) }
        return isLabelKey(text) ? .some(text) : .none
    } text: {
        $0 ?? "not set"
    }
}

extension SettingValue<Set<String>> {
    static let namespaces = SettingValue(range: "comma list of namespaces", expected: "names of namespaces, with commas between") { text in
        list(text) { isKubernetesName($0) ? $0 : nil }.map { Set($0) }
    } text: {
        $0.isEmpty ? "none" : $0.sorted().joined(separator: ",")
    }
}

extension SettingValue<[IPv4CIDR]> {
    static let blocks = SettingValue(
        range: "comma list of IPv4 addresses and blocks", expected: "IPv4 addresses and blocks such as 10.0.32.0/28, with commas between"
    ) { text in
        list(text) { entry in IPv4CIDR(entry) ?? IPv4Address(entry).map { IPv4CIDR(host: $0) } }
    } text: {
        $0.isEmpty ? "none" : $0.map(\.description).joined(separator: ",")
    }
}

extension SettingValue<PortChoice> {
    static let portChoice = SettingValue(range: "`prng`, `hashrandom` or `none`", expected: "prng, hashrandom or none") {
        PortChoice(rawValue: $0)
    } text: {
        $0.rawValue
    }
}

extension SettingValue<BranchENI.EnforcingMode> {
    static let enforcingMode = SettingValue(range: "`strict` or `standard`", expected: "strict or standard") {
        BranchENI.EnforcingMode(rawValue: $0)
    } text: {
        $0.rawValue
    }
}

extension SettingValue<UInt32> {
    /// Bits of a mark, with the prefix of their base as in Go, or decimal.
    static let mark = SettingValue(range: "1–0xffffffff", expected: "a whole number from 1 to 0xffffffff") { text in
        let bases: [(prefix: String, radix: Int)] = [("0x", 16), ("0b", 2), ("0o", 8), ("", 10)]
        guard let base = bases.first(where: { text.lowercased().hasPrefix($0.prefix) }) else { return nil }
        let digits = text.dropFirst(base.prefix.count)
        guard digits.utf8.allSatisfy(\.isASCIILetterOrDigit), let mark = UInt32(digits, radix: base.radix), mark != 0 else { return nil }
        return mark
    } text: {
        "0x" + String($0, radix: 16)
    }
}

extension SettingValue<[String: String]> {
    /// Tags as the incumbent takes them. EC2 takes 50 of a resource, of which some are ours.
    static let tags = SettingValue(
        range: "JSON object of up to 40 texts",
        expected: #"a JSON object of up to 40 tags, such as {"team":"net"}, with keys that EC2 takes"#
    ) { text in
        if text.isEmpty { return [:] }
        guard let members = (try? JSONValue(parsing: Array(text.utf8), bytesMax: 64 << 10))?.object?.members, members.count <= 40 else {
            return nil
        }
        let tags = members.compactMap { member in member.value.string.map { (member.name, $0) } }
        guard tags.count == members.count, tags.allSatisfy({ isTag($0, $1) }) else { return nil }
        return Dictionary(tags) { _, last in last }
    } text: { tags in
        let members = tags.sorted { $0.key < $1.key }.map { JSONObject.Member(name: $0.key, value: .string($0.value)) }
        return "\(JSONValue.object(JSONObject(members)))"
    }
}

extension SettingValue<[PodName: IPv4Address]> {
    static let reservations = SettingValue(
        range: "comma list of `namespace/name=address`",
        expected: "entries such as shop/db-0=10.0.32.77 with commas between, each pod and each address once"
    ) { text in
        guard let entries = list(text, reservation) else { return nil }
        let addresses = Set(entries.map(\.address))
        let reservations = Dictionary(entries.map { ($0.pod, $0.address) }) { first, _ in first }
        return reservations.count == entries.count && addresses.count == entries.count ? reservations : nil
    } text: { reservations in
        reservations.isEmpty ? "none" : reservations.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: ",")
    }

    private static func reservation(_ text: String) -> (pod: PodName, address: IPv4Address)? {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 2, let address = IPv4Address(sides[1]) else { return nil }
        let names = sides[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 2, isKubernetesName(names[0]), isKubernetesDomain(names[1]) else { return nil }
        return (PodName(namespace: names[0], name: names[1]), address)
    }
}
