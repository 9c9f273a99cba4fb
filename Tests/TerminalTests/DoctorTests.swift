import Foundation
import Sandbox
import SystemPackage
import Testing

@testable import azl_dev

@Suite("doctor") struct DoctorTests {
  /// Seeing what a build opens is for root, and nothing is missing without it.
  @Test func whoMaySeeWhatABuildOpens() {
    #expect(KernelChecks.opening(isSeen: true, isRoot: true).result == .good)
    let user = KernelChecks.opening(isSeen: false, isRoot: false)
    #expect(user.result == .note)
    #expect(user.fact == "is for root: [build] dependents = \"observed\" acts as \"exact\"")
    #expect(KernelChecks.opening(isSeen: false, isRoot: true).fact.hasPrefix("the kernel refuses it: "))
    if geteuid() != 0 { #expect(!BuildObserver.canWatch("/")) }
    #expect(!BuildObserver.canWatch("/there/is/no/such/folder"))
  }
}
