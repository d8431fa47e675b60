extension Int {
    /// With a comma between thousands: `13,684`.
    var grouped: String {
        let digits = Array(String(magnitude))
        let parts = digits.indices.map { index in
            index > 0 && (digits.count - index).isMultiple(of: 3) ? ",\(digits[index])" : "\(digits[index])"
        }
        return (self < 0 ? "−" : "") + parts.joined()
    }

    /// `1 node`, `12,000 nodes`.
    func of(_ thing: String, _ things: String? = nil) -> String { "\(grouped) \(self == 1 ? thing : things ?? thing + "s")" }
}

extension Double {
    /// With at most two decimals, and none where they are zero: `2.5`, `3`.
    var short: String {
        let hundredths = Int((self * 100).rounded())
        let (whole, rest) = (hundredths.magnitude / 100, hundredths.magnitude % 100)
        let sign = hundredths < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        let decimals = rest < 10 ? "0\(rest)" : rest.isMultiple(of: 10) ? "\(rest / 10)" : "\(rest)"
        return "\(sign)\(whole).\(decimals)"
    }

    /// As a share of a hundred, without decimals: `37%`.
    var percent: String { "\(Int((self * 100).rounded()))%" }

    /// A time in seconds: `0 s`, `14.4 s`, `3 min 20 s`, `2 h 5 min`, `3 days 4 h`.
    var time: String {
        guard self >= 60 else { return "\(((self * 10).rounded() / 10).short) s" }
        let seconds = Int(rounded())
        let units = [(86_400, "days"), (3_600, "h"), (60, "min"), (1, "s")]
        var rest = seconds
        let parts = units.compactMap { size, name -> String? in
            defer { rest %= size }
            guard rest >= size else { return nil }
            return "\(rest / size) \(rest / size == 1 && name == "days" ? "day" : name)"
        }
        return parts.prefix(2).joined(separator: " ")
    }
}

extension String {
    /// At most so many characters, with an ellipsis where some are left out.
    func cut(to length: Int) -> String { count <= length ? self : prefix(length - 1) + "…" }
}
