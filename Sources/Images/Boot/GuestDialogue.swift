import AzureLinux
import Foundation
import SystemPackage

/// What is said to a booting guest and when, and what it all means. A state machine without I/O and without a clock:
/// bytes and ticks go in, words to send and a verdict come out.
package struct GuestDialogue: Sendable {
  package enum Input: Sendable {
    case bytes(Data)
    /// From the virtio port.
    case channel(Data)
    /// Seconds since the start.
    case tick(Double)
    /// The machine is gone; its exit status.
    case ended(Int32)
  }

  package enum Output: Hashable, Sendable {
    case send(String)
    /// The same through the virtio port, and the bytes of a file of this machine.
    case tell(String)
    case tellFile(FilePath)
    /// A complete line that the guest wrote, without escape sequences.
    case line(String)
    /// A milestone for progress display.
    case reached(String)
    case finished(BootVerdict)
  }

  private enum Phase: Hashable {
    case booting, password, knocking, preparing, serving, greeting
    case asking(Int)
    case finished
  }

  /// How the questions travel.
  package enum Route: Sendable {
    /// Only on the console.
    case console
    /// Through the virtio port, where the guest has it; somebody logs in on the console to open it.
    case portIfThere
    /// Through the port of a machine that was saved with somebody behind it.
    case port
  }

  package private(set) var answers = GuestAnswers()
  /// Seconds until the login prompt.
  package private(set) var loginSeconds: Double?

  package var hasHeardTheGuest: Bool { !text.lastLines.isEmpty || !text.partialLine.isEmpty }

  /// Bytes on the console that end the boot: a guest with all debug output on writes a tenth of it.
  package static let mostBytes = 16 << 20
  private let login: ImageManifest.Login?
  /// Passphrase of an encrypted root; nil once it was typed.
  private var unlock: String?
  private var questions: [GuestQuestion]
  package let nonce: String
  private let limit: Double
  private let mostBytes: Int
  private let makeToken: @Sendable () -> String

  private let offersPort: Bool
  /// Whether questions and answers travel on the virtio port.
  private(set) var isOnPort = false
  private var phase = Phase.booting
  private var text = ConsoleText()
  private var signs = ConsoleSigns()
  private var bytes = 0
  /// Since the last thing that was sent.
  private var reply = ""
  /// The same of the port: a character may come in halves.
  private var portBytes = Data()
  private var token = ""
  private var attempts = 0
  /// Seconds until now, and in the end until the verdict.
  package private(set) var elapsed = 0.0
  private var lastKnock = -Double.infinity
  private var asked = 0.0

  /// Without a `login` there is nothing to ask after the prompt, and no pass.
  package init(
    login: ImageManifest.Login?, unlock: String? = nil, smoke: [SmokeTest], proof: BootProof?, limit: Double,
    nonce: String = UUID().uuidString.lowercased(), mostBytes: Int = GuestDialogue.mostBytes,
    route: Route = .console, rpms: [RPMFile] = [], time: Int = 0, sshKey: String? = nil,
    token: @escaping @Sendable () -> String
  ) {
    self.login = login
    self.unlock = unlock
    self.limit = limit
    self.mostBytes = mostBytes
    makeToken = token
    self.nonce = nonce
    offersPort = route == .portIfThere
    if route == .port {
      isOnPort = true
      phase = .greeting
    }
    questions = rpms.isEmpty ? [] : [.install(rpms, time: time)]
    questions += [.state(nonce: nonce), .failedUnits] + smoke.map(GuestQuestion.smoke)
    if let proof { questions.append(.proof(proof)) }
    if let sshKey { questions.append(.access(key: sshKey)) }
  }

  package mutating func handle(_ input: Input) -> [Output] {
    guard phase != .finished else { return [] }
    switch input {
    case .bytes(let data): return receive(data)
    case .tick(let seconds):
      elapsed = seconds
      if seconds >= limit {
        return finish(.timeout(waitingFor: waitingFor, lastLines: text.lastLines))
      }
      // login(1) throws away what was typed before it was ready
      if phase == .greeting, offersPort, seconds - asked >= 10 {
        // a port that nobody reads from: the console is still there
        isOnPort = false
        return ask(0)
      }
      let isCalling = phase == .knocking || phase == .greeting
      return isCalling && seconds - lastKnock >= (phase == .knocking ? 0.5 : 2) ? knock() : []
    case .channel(let data):
      guard isOnPort else { return [] }
      portBytes += data
      if portBytes.count > 256 << 10 { portBytes = Data(portBytes.suffix(128 << 10)) }
      reply = String(decoding: portBytes, as: UTF8.self)
      return advance()
    case .ended(let status): return finish(.machineEnded(status: status, lastLines: text.lastLines))
    }
  }

  private var waitingFor: String {
    switch phase {
    case .booting: "the login prompt"
    case .password: "the password prompt"
    case .knocking, .preparing, .serving: "a shell"
    case .greeting: "an answer on the virtio port"
    case .asking(let index): questions[index].name
    case .finished: "nothing"
    }
  }

  private mutating func receive(_ data: Data) -> [Output] {
    bytes += data.count
    let (lines, added) = text.append(data)
    if !isOnPort { reply += added }
    boundReply()
    let outputs = lines.map(Output.line)
    if isOnPort || !isAnswering {
      for line in lines {
        if let verdict = signs.read(line) { return outputs + finish(verdict) }
      }
      if let verdict = signs.glance(text.partialLine) { return outputs + finish(verdict) }
    } else if let line = lines.first(where: { $0.contains("Kernel panic - not syncing") }) {
      return outputs + finish(.panic(line))
    }
    if bytes > mostBytes {
      return outputs + finish(.flood(bytes: mostBytes, lastLines: text.lastLines))
    }
    return outputs + advance()
  }

  private mutating func boundReply() {
    // an answer is 64 KiB in base64; before that only words are waited for
    let most = if case .asking = phase { 256 << 10 } else { 16 << 10 }
    if reply.utf8.count > most { reply = String(decoding: reply.utf8.suffix(most / 2), as: UTF8.self) }
  }

  /// Whether what comes is what somebody who is logged in asked for.
  private var isAnswering: Bool { if case .asking = phase { true } else { false } }

  private mutating func advance() -> [Output] {
    switch phase {
    case .booting:
      if let passphrase = unlock, reply.contains("passphrase for disk") {
        unlock = nil
        return [.reached("passphrase prompt")] + send(passphrase + "\n", then: .booting)
      }
      guard reply.contains("login: ") else { return [] }
      loginSeconds = elapsed
      guard let login else { return [.reached("login prompt")] + finish(.unproven) }
      return [.reached("login prompt")] + send(login.user + "\n", then: .password)
    case .password:
      guard let login, reply.contains("assword: ") else { return [] }
      return send(login.password + "\n", then: .knocking)
    case .knocking:
      if let login, reply.contains("Login incorrect") { return finish(.loginRefused(user: login.user)) }
      guard !token.isEmpty, reply.contains(GuestChannel.knockAnswer(token)) else { return [] }
      token = makeToken()
      return [.reached("logged in")] + send(GuestChannel.setup(token).joined(), then: .preparing)
    case .preparing:
      guard reply.contains(GuestChannel.knockAnswer(token)) else { return [] }
      guard offersPort else { return ask(0) }
      token = makeToken()
      return send(GuestChannel.serve(token).joined(), then: .serving)
    case .serving:
      guard let serves = GuestChannel.serves(reply, token: token) else { return [] }
      isOnPort = serves
      guard serves else { return ask(0) }
      phase = .greeting
      reply = ""
      token = ""
      asked = elapsed
      return knock()
    case .greeting:
      guard !token.isEmpty, reply.contains(GuestChannel.knockAnswer(token)) else { return [] }
      return [.reached("connected")] + ask(0)
    case .asking(let index):
      let answer =
        isOnPort
        ? GuestChannel.portAnswer(in: reply, token: token) : GuestChannel.answer(in: reply, token: token)
      switch answer {
      case nil: return []
      case .garbled:
        attempts += 1
        if attempts == 3 { return finish(.garbledAnswer(to: questions[index].name)) }
        if isOnPort { return repeated(index) }
        token = makeToken()
        return send(GuestChannel.again(token), then: phase)
      case .whole(let status, let output):
        let more = answers.take(status, output, to: questions[index], seconds: elapsed - asked)
        questions.insert(contentsOf: more, at: index + 1)
        return [.reached("\(index + 1) of \(questions.count) answers")]
          + (index + 1 < questions.count ? ask(index + 1) : finish(answers.verdict))
      }
    case .finished: return []
    }
  }

  private mutating func send(_ words: String, then next: Phase) -> [Output] {
    phase = next
    reply = ""
    portBytes = Data()
    return [say(words)]
  }

  private func say(_ words: String) -> Output { isOnPort ? .tell(words) : .send(words) }

  private mutating func knock() -> [Output] {
    if token.isEmpty { token = makeToken() }
    lastKnock = elapsed
    let words = isOnPort ? GuestChannel.greeting(token) : GuestChannel.knock(token)
    return [say(words)]
  }

  private mutating func ask(_ index: Int) -> [Output] {
    attempts = 0
    return repeated(index)
  }

  private mutating func repeated(_ index: Int) -> [Output] {
    asked = elapsed
    token = makeToken()
    var files: [Output] = []
    if case .install(let rpms, _) = questions[index] {
      files = rpms.flatMap { rpm -> [Output] in
        [.tell(GuestChannel.receive(rpm.size, as: GuestQuestion.path(rpm))), .tellFile(FilePath(rpm.path))]
      }
    }
    let command = questions[index].command
    let request =
      isOnPort
      ? GuestChannel.portRequest(command, token: token)
      : GuestChannel.request(command, token: token).joined()
    return files + send(request, then: .asking(index))
  }

  private mutating func finish(_ verdict: BootVerdict) -> [Output] {
    phase = .finished
    return [.finished(verdict)]
  }
}
