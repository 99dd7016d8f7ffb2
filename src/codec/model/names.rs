//! The table of key names that programs use, and the meaning of each.
//!
//! It covers loggers, journald, syslog senders, ECS, OCSF, OpenTelemetry, Windows, and the audit logs of
//! clouds, and the keys of CEF, LEEF, auditd and firewalls. To support another sender, add its names; no code
//! has to change.

use super::Scale;
use crate::record::Field;

/// The meaning of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Role {
    /// The time of the event.
    Time,
    /// The date of the event, if another key has the time of day.
    Date,
    /// The time of day of the event, if another key has the date.
    TimeOfDay,
    /// The zone of the time of day.
    Zone,
    /// The severity of the event.
    Severity(Scale),
    /// The message.
    Message,
    /// The host on which the event happened.
    Host,
    /// The program that logged the event.
    Program,
    Pid,
    /// The program's name, only if a process id is present: a lone `name` can name anything.
    NameBesidePid,
    /// The kind of source, which is not the name of a process.
    SourceType,
    Trace,
    Span,
    /// The number of a syslog facility.
    Facility,
    /// The value of this text field under another name.
    Copied(Field),
    /// An entity.
    Entity(Entity),
    /// A key that identifies the sender, which determines the meaning of level numbers.
    Sender(Scale),
    /// A key of a firewall, whose program and service are those of the traffic.
    Firewall,
}

/// The kind of an entity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Entity {
    Host,
    /// An IP address; other values are ignored.
    Ip,
    /// An IP address or a host name.
    Address,
    User,
    /// A user, if the value has the form `name@domain`; other values are ignored.
    Principal,
    /// A part of a user account or of a process.
    Part(Owner, Part),
    File,
    Domain,
    /// A digest made with the named algorithm.
    Hash(&'static str),
}

/// An account or a process whose parts have keys of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Owner {
    User,
    TargetUser,
    SubjectUser,
    Process,
    ParentProcess,
}

/// A part of an account or a process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Name,
    /// A name that is used if no better one is present.
    OtherName,
    Domain,
    Id,
    Email,
}

/// The names of each meaning in lower case, in order of preference.
///
/// Dots separate the levels of objects: `log.level` also matches `{"log": {"level": ...}}`.
pub(crate) const NAMES: &[(Role, &str)] = &[
    (
        Role::Time,
        "timestamp_ns @timestamp timestamp time ts @t datetime event_time eventtime event_timestamp eventtimestamp time_dt instant \
         __realtime_timestamp _source_realtime_timestamp timegenerated time_generated timecreated winlog.time_created \
         timecreated.systemtime event.system.timecreated.#attributes.systemtime event.system.timecreated.systemtime \
         stagetimestamp requestreceivedtimestamp creationtime createddatetime activitydatetime published isodate time_iso8601 \
         asctime date _time logtime log_time log_timestamp timemillis timereported created_at time_local \
         syslog.timestamp t.$date lasttimestamp event.created receivetimestamp timestamp_ms time_ms ts_ms timestamp_us \
         unix_time unixtime unix_timestamp epoch_ms devtime timestampseconds edgestarttimestamp timeunixnano \
         metadata.eventcreationtime t event.time event.datetime event.timestamp metadata.timestamp id.time eventdatetime detectedat \
         detectiontime detection_timestamp createdat creationdate created_time created starttime start_time updatedat updated_at when \
         servertimestamp started_at startutc query_timestamp dt datetime.date record.time.timestamp unix",
    ),
    (Role::Date, "date log_date logdate event_date eventdate"),
    (Role::TimeOfDay, "time log_time logtime event_time eventtime"),
    (Role::Zone, "tz timezone datetime.timezone"),
    (Role::Severity(Scale::Otel), "severity_number severitynumber"),
    (
        Role::Severity(Scale::Level),
        "level log.level loglevel log_level lvl levelname level_name @l severity_text severitytext severity_name \
         severity_label syslog_severity syslogseverity-text log.syslog.severity.name winlog.level leveldisplayname event.level s \
         jsonpayload.level jsonpayload.severity event.severityname event.system.level record.level.name log_level.name error_severity",
    ),
    (Role::Severity(Scale::Google), "severity"),
    (
        Role::Severity(Scale::Syslog),
        "log.syslog.severity.code syslog.severity.code syslogseverity syslog_severity_code",
    ),
    (
        Role::Severity(Scale::Priority),
        "priority log.syslog.priority syslog.priority syslog_pri pri",
    ),
    (Role::Severity(Scale::Python), "levelno"),
    (Role::Severity(Scale::Level), "level_value"),
    (Role::Severity(Scale::Nxlog), "severityvalue"),
    (Role::Severity(Scale::Insights), "severitylevel"),
    (Role::Severity(Scale::Suricata), "alert.severity"),
    (
        Role::Message,
        "message msg log @m short_message textpayload renderedmessage rendered_message formattedmessage log_message \
         logmessage event_message eventmessage event body text jsonpayload.message jsonpayload.msg event.message event.msg fields.message @message alert.signature \
         finding_info.title error.message err.message exception.message displaymessage full_message messagetemplate @mt \
         event.original log.original output full_log _raw",
    ),
    (
        Role::Host,
        "winlog.computer_name computer_name computername computer event.system.computer _hostname hostname host host.name \
         host.hostname host_name syslog_hostname log.syslog.hostname machinename machine_name machine device.hostname \
         logsource beat.hostname agent.hostname kubernetes.host kubernetes.node.name kubernetes.node_name k8s.node.name \
         dvchost devicehostname devname devhost s-computername agent.name node_name node.name hostidentifier event.computername",
    ),
    (
        Role::Program,
        "syslog_identifier appname app_name app-name log.syslog.appname programname program program_name ident application \
         app _comm processname process_name",
    ),
    (Role::NameBesidePid, "name"),
    (
        Role::Pid,
        "pid _pid procid proc_id process_id processid syslog_pid log.syslog.procid",
    ),
    (
        Role::SourceType,
        "service.name service source_name sourcename winlog.provider_name provider_name event.dataset data_stream.dataset providername provider.name sourcetype loggroup",
    ),
    (
        Role::Trace,
        "trace.id traceid trace-id trace_id oteltraceid @tr logging.googleapis.com/trace trace",
    ),
    (
        Role::Span,
        "span.id spanid span-id span_id otelspanid @sp logging.googleapis.com/spanid",
    ),
    (
        Role::Facility,
        "syslog_facility facility log.syslog.facility.code syslog.facility.code",
    ),
    (Role::Copied(Field::EventKind), "event.kind"),
    (Role::Copied(Field::EventCategory), "event.category"),
    (Role::Copied(Field::EventType), "event.type"),
    (Role::Copied(Field::EventOutcome), "event.outcome"),
    (
        Role::Copied(Field::EventAction),
        "event.action event.name eventname activity_name operationname protopayload.methodname",
    ),
    (
        Role::Entity(Entity::Host),
        "host.name host.hostname k8s.node.name related.hosts src_endpoint.hostname dst_endpoint.hostname",
    ),
    (
        Role::Entity(Entity::Address),
        "source.address source.ip source.domain client.address client.ip client.domain destination.address destination.ip \
         destination.domain server.address server.ip server.domain network.peer.address network.local.address net.peer.ip \
         net.host.ip net.peer.name net.sock.peer.addr net.sock.host.addr http.client_ip host.ip sourceipaddress \
         shost dhost sourcehostname destinationhostname srchostname identhostname",
    ),
    (
        Role::Entity(Entity::Ip),
        "src_ip dest_ip dst_ip source_ip destination_ip client_ip clientip client_addr clientaddr remote_addr remote_ip \
         remoteaddr remote_address ipaddress ip_address sourceips calleripaddress actor_ip httprequest.remoteip \
         httprequest.serverip protopayload.requestmetadata.callerip src_endpoint.ip dst_endpoint.ip device.ip ip ipv4 \
         userip user_ip actorip sourceip destinationip remoteip localip local_ip server_ip server_addr serveraddr public_ip publicip \
         private_ip natsrc natdst http_x_forwarded_for x_forwarded_for x-forwarded-for remote_host attr.remote agent.ip extra.ip context.ip \
         event.userip event.eventdata.ipaddress \
         srcaddr dstaddr req.remoteaddress request.remote_ip request.remote_address request.client_ip client.ipaddress winlog.event_data.ipaddress \
         event_data.ipaddress id.orig_h id.resp_h related.ip src dst srcip dstip addr laddr dvc sourceaddress \
         destinationaddress remip locip saddr daddr c-ip s-ip source-address destination-address httprequest.clientip network.client.ip \
         data.srcip data.dstip src-ip dst-ip fw",
    ),
    (
        Role::Entity(Entity::User),
        "user username user_name _user remote_user process.owner process.user.name source.user.name destination.user.name \
         client.user.name server.user.name user.target.name user.effective.name useridentity.username \
         actor.user.name protopayload.authenticationinfo.principalemail userprincipalname related.user suser duser usrname usr srcuser dstuser \
         acct sourceusername destinationusername cs-username \
         usr.name event.username output_fields.user.name data.srcuser data.dstuser properties.userprincipalname actor.email useremail initiated_by.username \
         initiatedby.user.userprincipalname properties.initiatedby.user.userprincipalname resource.accesskeydetails.username \
         auth.display_name details.username properties.username context.user context.username attr.user attr.principalname event.user \
         properties.accountname properties.initiatingprocessaccountname",
    ),
    (
        Role::Entity(Entity::Principal),
        "caller userid event.userid actor.alternateid",
    ),
    (
        Role::Entity(Entity::Part(Owner::User, Part::Name)),
        "user.name user.username",
    ),
    (
        Role::Entity(Entity::Part(Owner::User, Part::Domain)),
        "user.domain",
    ),
    (
        Role::Entity(Entity::Part(Owner::User, Part::Id)),
        "user.id enduser.id",
    ),
    (Role::Entity(Entity::Part(Owner::User, Part::Email)), "user.email"),
    (
        Role::Entity(Entity::Part(Owner::TargetUser, Part::Name)),
        "winlog.event_data.targetusername event_data.targetusername event.eventdata.targetusername targetusername",
    ),
    (
        Role::Entity(Entity::Part(Owner::TargetUser, Part::Domain)),
        "winlog.event_data.targetdomainname event_data.targetdomainname event.eventdata.targetdomainname targetdomainname",
    ),
    (
        Role::Entity(Entity::Part(Owner::SubjectUser, Part::Name)),
        "winlog.event_data.subjectusername event_data.subjectusername event.eventdata.subjectusername subjectusername",
    ),
    (
        Role::Entity(Entity::Part(Owner::SubjectUser, Part::Domain)),
        "winlog.event_data.subjectdomainname event_data.subjectdomainname event.eventdata.subjectdomainname subjectdomainname",
    ),
    (
        Role::Entity(Entity::Part(Owner::Process, Part::Name)),
        "process.executable.name",
    ),
    (
        Role::Entity(Entity::Part(Owner::Process, Part::OtherName)),
        "process.name actor.process.name",
    ),
    (
        Role::Entity(Entity::Part(Owner::Process, Part::Id)),
        "process.pid actor.process.pid",
    ),
    (
        Role::Entity(Entity::Part(Owner::ParentProcess, Part::Name)),
        "process.parent.name process.parent.executable.name",
    ),
    (
        Role::Entity(Entity::Part(Owner::ParentProcess, Part::Id)),
        "process.parent_pid process.parent.pid",
    ),
    (
        Role::Entity(Entity::File),
        "file.path file.target_path process.executable.path process.executable process.file.path",
    ),
    (
        Role::Entity(Entity::Domain),
        "url.domain dns.question.name dns.rrname tls.client.server_name tls.sni http.hostname",
    ),
    (
        Role::Entity(Entity::Hash("md5")),
        "file.hash.md5 process.hash.md5 hash.md5",
    ),
    (
        Role::Entity(Entity::Hash("sha1")),
        "file.hash.sha1 process.hash.sha1 hash.sha1",
    ),
    (
        Role::Entity(Entity::Hash("sha256")),
        "file.hash.sha256 process.hash.sha256 hash.sha256",
    ),
    (
        Role::Entity(Entity::Hash("sha384")),
        "file.hash.sha384 process.hash.sha384 hash.sha384",
    ),
    (
        Role::Entity(Entity::Hash("sha512")),
        "file.hash.sha512 process.hash.sha512 hash.sha512",
    ),
    (
        Role::Sender(Scale::Syslog),
        "short_message facility syslog_facility",
    ),
    (
        Role::Sender(Scale::Windows),
        "eventid event_id winlog.event_id channel winlog.channel log_name providername provider_name \
         event.system.eventid event.system.channel",
    ),
    (Role::Firewall, "devid fw log_component"),
];
