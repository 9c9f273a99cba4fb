import AzureLinux
import Pipeline
import Solver

extension VersionRules: DependencyMatching {
  package func overlap(offer: VersionRange, need: VersionRange) -> Bool {
    overlap((offer.op, offer.evr), (need.op, need.evr))
  }
}
