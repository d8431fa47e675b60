// Parts of which the values of settings are made.

func wholeNumber(in range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
}

/// The most entries that a list may have.
private let listEntriesMax = 256

/// Reads entries with commas between; spaces around them do not count, and empty text is an empty list. Nil when an entry is
/// none or there are too many.
func list<Entry>(_ text: String, _ parse: (String) -> Entry?) -> [Entry]? {
    guard text.contains(where: { $0 != " " }) else { return [] }
    let texts = text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
    guard texts.count <= listEntriesMax else { return nil }
    let entries = texts.compactMap(parse)
    return entries.count == texts.count ? entries : nil
}

private func trimmed(_ text: Substring) -> String {
    let start = text.drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
}

/// A percentage such as `0.5%` as a share; nil for other texts and outside the range. Exponents and signs, which `Double`
/// would take, are not.
func percentage(_ text: String, in range: ClosedRange<Double>) -> Double? {
    guard text.hasSuffix("%") else { return nil }
    let digits = text.dropLast()
    guard digits.first?.isASCIIDigit == true, digits.last?.isASCIIDigit == true,
        digits.allSatisfy({ $0.isASCIIDigit || $0 == "." }), let number = Double(digits), range.contains(number)
    else { return nil }
    return number / 100
}

/// Whether the text is a label of DNS in lower case, as Kubernetes names namespaces (RFC 1123).
func isKubernetesName(_ text: String) -> Bool {
    let bytes = text.utf8
    guard (1...63).contains(bytes.count), bytes.first != UInt8(ascii: "-"), bytes.last != UInt8(ascii: "-") else { return false }
    return bytes.allSatisfy { $0.isASCIILowercaseOrDigit || $0 == UInt8(ascii: "-") }
}

/// Whether the text is such labels with dots between, as Kubernetes names pods.
func isKubernetesDomain(_ text: String) -> Bool {
    text.utf8.count <= 253 && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isKubernetesName(String($0)) }
}

/// Whether the text may be the key of a label: a name of 1 to 63 characters, with a DNS name and a slash before it or not
/// (Kubernetes, "Labels and Selectors").
func isLabelKey(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let name = parts.last, (1...63).contains(name.utf8.count) else { return false }
    let isName = name.utf8.allSatisfy { $0.isASCIILetterOrDigit || "-_.".utf8.contains($0) }
    guard isName, name.utf8.first?.isASCIILetterOrDigit == true, name.utf8.last?.isASCIILetterOrDigit == true else { return false }
    guard parts.count == 2 else { return true }
    return isKubernetesDomain(String(parts[0]))
}

/// Whether EC2 takes the tag (EC2 User Guide, "Tag your Amazon EC2 resources").
func isTag(_ key: String, _ value: String) -> Bool {
    (1...128).contains(key.unicodeScalars.count) && value.unicodeScalars.count <= 256 && !key.lowercased().hasPrefix("aws:")
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

extension UInt8 {
    var isASCIILowercaseOrDigit: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }

    var isASCIILetterOrDigit: Bool {
        isASCIILowercaseOrDigit || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
    }
}
