/// Makes a sequence that shows a difference as short as it can be found to be.
enum KernelComparisonShrinking {
    private static let attemptsMax = 400

    /// Leaves out steps, then single changes, as long as the kernels still differ.
    ///
    /// - Returns: The steps left, and how the kernels differ after them; nil when that was not seen again.
    static func shortest(_ steps: [KernelComparisonStep]) throws -> (steps: [KernelComparisonStep], difference: String?) {
        func differs(_ steps: [KernelComparisonStep]) -> Bool {
            ((try? KernelComparisonPair.difference(after: steps, isThorough: true)) ?? nil) != nil
        }
        var short = shortest(steps, attemptsMax: attemptsMax, while: differs)
        let singles = short.flatMap(\.singles)
        if singles.count > short.count, differs(singles) {
            short = shortest(singles, attemptsMax: attemptsMax, while: differs)
        }
        return (short, try KernelComparisonPair.difference(after: short, isThorough: true))
    }

    /// Leaves out ever smaller parts, from one half down to one element, as long as what is left still fails.
    static func shortest<Element>(_ elements: [Element], attemptsMax: Int, while isFailing: ([Element]) -> Bool) -> [Element] {
        var (left, size, attempts) = (elements, elements.count / 2, 0)
        while size > 0 {
            var (start, hasShrunk) = (0, false)
            while start < left.count && attempts < attemptsMax {
                attempts += 1
                let part = Array(left[..<start] + left.dropFirst(start + size))
                if isFailing(part) {
                    (left, hasShrunk) = (part, true)
                } else {
                    start += size
                }
            }
            // Single elements are tried again until none can go, since one may have needed another.
            if size > 1 { size /= 2 } else if !hasShrunk || attempts >= attemptsMax { size = 0 }
        }
        return left
    }
}
