extension PlanScenario.Workload {
    /// How lifetimes of pods lie about their mean.
    public enum Lifetimes: Hashable, Sendable {
        /// Each is the mean.
        case fixed
        case exponential
        /// Many short ones and a few long ones: the logarithm has this standard deviation, from 0.1 to 3.
        case logNormal(sigma: Double)
    }

    /// Pods that come all at once, as of a CronJob.
    public struct Burst: Hashable, Sendable {
        /// 1 or more.
        public var pods: Int
        /// From one burst to the next.
        public var every: Duration

        public init(pods: Int, every: Duration) {
            self.pods = pods
            self.every = every
        }

        /// How many of its pods are there at once when each stays for that long.
        ///
        /// - Parameter times: The most that is counted, in bursts; 1,000 unless said.
        public func live(for time: Duration, times: Int = 1000) -> Int {
            pods * Int(min(Double(times), (time / every).rounded(.up)))
        }
    }

    /// How many pods come in a second, those of bursts among them, in the mean.
    public var meanArrivalsPerSecond: Double {
        arrivalsPerSecond + (burst.map { Double($0.pods) / ($0.every / .seconds(1)) } ?? 0)
    }
}

extension PlanScenario.Subnet {
    /// Others of one kind with addresses of a subnet: load balancers, endpoints, functions, databases.
    public struct Tenant: Hashable, Sendable {
        public var name: String
        /// How many they have, at places that nobody knows; 0 or more.
        public var addresses: Int
        /// How many more they have each day; negative where they become less.
        public var growthPerDay: Double

        public init(name: String, addresses: Int, growthPerDay: Double = 0) {
            self.name = name
            self.addresses = addresses
            self.growthPerDay = growthPerDay
        }
    }

    /// How many addresses more others have each day.
    public var growthPerDay: Double { tenants.reduce(0) { $0 + $1.growthPerDay } }
}

extension PlanScenario {
    /// What an address costs, where one is charged for.
    public struct AddressCost: Hashable, Sendable {
        /// For one address and a month; 0 or more.
        public var perMonth: Double
        /// Such as `EUR`.
        public var currency: String

        public init(perMonth: Double, currency: String) {
            self.perMonth = perMonth
            self.currency = currency
        }
    }
}
