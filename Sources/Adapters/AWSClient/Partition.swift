/// A partition of AWS: regions under one domain (the partitions of AWS's endpoint rules, as of November 2026).
struct Partition: Hashable, Sendable {
    var name: String
    /// What the names of its regions begin with.
    var regionPrefixes: [String]
    var domain: String
    /// Of the endpoints that answer over IPv4 and IPv6.
    var dualStackDomain: String

    /// Regions of a prefix that is not known count as the first partition's: that is where AWS opens most of them.
    static func of(region: String) -> Partition {
        others.first { partition in partition.regionPrefixes.contains(where: region.hasPrefix) } ?? aws
    }

    private static let aws = Partition(name: "aws", regionPrefixes: [], domain: "amazonaws.com", dualStackDomain: "api.aws")

    private static let others = [
        Partition(
            name: "aws-cn", regionPrefixes: ["cn-"], domain: "amazonaws.com.cn", dualStackDomain: "api.amazonwebservices.com.cn"),
        Partition(name: "aws-us-gov", regionPrefixes: ["us-gov-"], domain: "amazonaws.com", dualStackDomain: "api.aws"),
        Partition(name: "aws-eusc", regionPrefixes: ["eusc-"], domain: "amazonaws.eu", dualStackDomain: "api.amazonwebservices.eu"),
        Partition(name: "aws-iso", regionPrefixes: ["us-iso-"], domain: "c2s.ic.gov", dualStackDomain: "api.aws.ic.gov"),
        Partition(name: "aws-iso-b", regionPrefixes: ["us-isob-"], domain: "sc2s.sgov.gov", dualStackDomain: "api.aws.scloud"),
        Partition(name: "aws-iso-e", regionPrefixes: ["eu-isoe-"], domain: "cloud.adc-e.uk", dualStackDomain: "api.cloud-aws.adc-e.uk"),
        Partition(name: "aws-iso-f", regionPrefixes: ["us-isof-"], domain: "csp.hci.ic.gov", dualStackDomain: "api.aws.hci.ic.gov"),
    ]
}
