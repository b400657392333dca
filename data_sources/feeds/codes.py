"""Codes of what parsers and transports refuse, reject or flag. For the effects see `data_sources.rules`."""

from data_sources.rules import RULES, Rule, observations

EMPTY_BODY = Rule("empty_body", "refuse", "the body is empty", "FeedMessage")
TOO_LARGE = Rule("too_large", "refuse", "larger than the feed's limit, before or after unpacking")
BAD_GZIP = Rule("bad_gzip", "refuse", "the body is compressed and cannot be unpacked")
HTML_PAGE = Rule("html_page", "refuse", "an HTML page, mostly an error page, in place of data")
NOT_PROTOBUF = Rule("not_protobuf", "refuse", "not a protobuf message", "FeedMessage")
TRUNCATED = Rule("truncated", "refuse", "the message ends too early", "FeedMessage")
HEADER_MISSING = Rule("header_missing", "refuse", "the message has no header", "FeedMessage.header")
TOO_MANY_ENTITIES = Rule("too_many_entities", "refuse", "more entities than any fleet has")
NOT_JSON = Rule("not_json", "refuse", "not JSON in UTF-8")
NOT_GEOJSON = Rule("not_geojson", "refuse", "neither Feature, FeatureCollection nor a list of features")

NOT_NGSI = Rule(
    "not_ngsi", "refuse", "neither a notification, an entity nor a list of entities", "NGSI-LD 5.3.1"
)
NOT_EVENTS = Rule("not_events", "refuse", "not a list of events")
NOT_FLOW = Rule("not_flow", "refuse", "not an answer of the flow service")
TOO_MANY_PAGES = Rule("too_many_pages", "refuse", "the source has more pages than we read", "NGSI-LD 6.3.10")

POSITION_MISSING = Rule("position_missing", "reject", "no latitude or longitude", "VehiclePosition.position")
POSITION_NOT_NUMBER = Rule("position_not_number", "reject", "latitude or longitude is not a number", "E026")
GEOMETRY_NOT_POINT = Rule("geometry_not_point", "reject", "the geometry is not a Point", "RFC 7946 3.1.2")
NOT_FEATURE = Rule("not_feature", "reject", "not a GeoJSON feature", "RFC 7946 3.2")
VEHICLE_UNIDENTIFIED = Rule("vehicle_unidentified", "reject", "nothing tells which vehicle it is", "W002")
DUPLICATE_VEHICLE = Rule(
    "duplicate_vehicle", "reject", "the message has a newer fix of the same vehicle", "E052"
)
TIME_NOT_POSIX = Rule(
    "timestamp_not_posix", "reject", "time is not in seconds since 1970 (often milliseconds)", "E001"
)
TRIP_MISSING = Rule("trip_missing", "reject", "a trip update that names no trip", "W006")
ENTITY_ID_MISSING = Rule(
    "entity_id_missing", "reject", "an alert, event or entity without an id", "FeedEntity.id"
)
DUPLICATE_ENTITY = Rule(
    "duplicate_entity", "reject", "another entity of the message has this id", "FeedEntity.id"
)
ENTITY_DELETED = Rule("entity_deleted", "reject", "marked as deleted", "E039")
ENTITY_TYPE_UNKNOWN = Rule(
    "entity_type_unknown", "reject", "an entity of a type that is not read here", "NGSI-LD 4.5.1"
)
GEOMETRY_UNUSABLE = Rule(
    "geometry_unusable", "reject", "a geometry that is no Point, LineString or Polygon", "NGSI-LD 4.7"
)
POINT_UNANSWERED = Rule("point_unanswered", "reject", "the flow service has nothing for this point")
ENTITY_EMPTY = Rule("entity_empty", "reject", "an entity that holds nothing", "FeedEntity")

VEHICLE_ID_MISSING = Rule(
    "vehicle_id_missing", "flag", "no vehicle id; entity id, else trip, takes its place", "W002"
)
TIME_FROM_HEADER = Rule("timestamp_from_header", "flag", "no time of its own; the header's is used", "W001")
TIME_FROM_RECEIPT = Rule("timestamp_from_receipt", "flag", "no time at all; that of receipt is used", "W001")
TIME_UNREADABLE = Rule("timestamp_unreadable", "flag", "time cannot be read; that of receipt is used", "E001")
TIME_WITHOUT_ZONE = Rule(
    "timestamp_without_zone", "flag", "time without offset from UTC; that of receipt is used", "RFC 3339"
)
TIME_ZONE_ASSUMED = Rule(
    "timestamp_zone_assumed", "flag", "time without offset from UTC; read in the feed's zone", "RFC 3339"
)
LANE_REVERSED = Rule(
    "lane_reversed", "flag", "traffic ran against the lane's usual direction", "TrafficFlowObserved"
)
CONGESTED = Rule("congested", "flag", "the source says that traffic is congested", "TrafficFlowObserved")
UNIT_UNKNOWN = Rule(
    "unit_unknown", "drop", "a value in a unit that is not read here; not used", "UN/CEFACT 20"
)
COUNT_WITHOUT_PERIOD = Rule(
    "count_without_period",
    "drop",
    "vehicles counted in a time that is not told; not used",
    "TrafficFlowObserved",
)
VALUE_INVALID = Rule("value_invalid", "drop", "a value of the wrong kind or range; not used")
VALUE_MISSING = observations.VALUE_MISSING
PROPERTY_UNKNOWN = observations.PROPERTY_UNKNOWN
VALUE_UNREADABLE = Rule("value_unreadable", "reject", "a value that is no number")
PROPERTY_UNWANTED = Rule("property_unwanted", "ignore", "a property that the mapping leaves aside")
FEATURE_UNIDENTIFIED = Rule("feature_unidentified", "reject", "nothing tells what the value is of")
OBSERVED_AT_MISSING = Rule("observed_at_missing", "reject", "nothing tells when it was observed")
OBSERVED_AT_UNREADABLE = Rule("observed_at_unreadable", "reject", "the time of observation cannot be read")
PERIOD_MISSING = Rule("period_missing", "reject", "an amount whose period is not told")
GAS_CONVERTED = Rule(
    "gas_converted", "flag", "mass of a gas turned into its share of volume at 25 °C and 1 atm"
)
NOT_DOCUMENT = Rule("not_document", "refuse", "the message lacks the items that the feed's mapping names")
NOT_TELEMETRY = Rule("not_telemetry", "refuse", "not an answer of the flood telemetry")
NOT_TICKETS = Rule("not_tickets", "refuse", "neither a list of reports nor a collection of them")
TICKET_STATE_UNKNOWN = Rule("ticket_state_unknown", "reject", "a report in a state that is not read here")
TICKET_STATE_ASSUMED = Rule("ticket_state_assumed", "flag", "the report tells no state; taken as open")
PERSONAL_DATA_MASKED = Rule(
    "personal_data_masked", "flag", "phone numbers, e-mails or personal numbers taken out of the text"
)
SERVICE_REFUSED = Rule("service_refused", "refuse", "the answer itself says that the request failed")

NOT_OBSERVATIONS = Rule(
    "not_observations", "refuse", "not an answer of the service that the feed's kind names"
)
NOT_XML = Rule("not_xml", "refuse", "not XML, or cut off")
UNREADABLE = Rule("unreadable", "refuse", "our own parser failed on it, an error of ours")
XML_DOCTYPE = Rule("xml_doctype", "refuse", "XML with a document type, which may define entities; not read")
PLACES_DIFFER = Rule("places_differ", "refuse", "as many answers as places were not given")
FEATURE_UNLISTED = Rule("feature_unlisted", "ignore", "of a feature that the feed's `features` do not list")
FEATURE_UNNAMED = Rule("feature_unnamed", "flag", "the answer does not name the place that it is of")
AQI_SCALE_2023 = Rule("aqi_scale_2023", "flag", "the source's index is on the Thai scale of 2023")
AQI_SCALE_OLD = Rule("aqi_scale_old", "flag", "the source's index is on the Thai scale before 2023")
PERCENT_RECOMPUTED = Rule(
    "percent_recomputed", "flag", "the source tells 0 % of a volume above 0; computed from the capacity"
)
COUNT_INCOMPLETE = Rule(
    "count_incomplete", "flag", "the service held back part of what there is; the count is at least this"
)
SITUATION_LEVELS: tuple[Rule, ...] = tuple(
    Rule(f"situation_level_{level}", "flag", f"the source's situation level is {level}, 1 critically low")
    for level in range(1, 6)
)
"""Situation levels of ThaiWater as told. They do not rise with danger: 1 is critically low water."""

HEADER_TIME_MISSING = Rule("header_timestamp_missing", "flag", "the header has no time", "E048")
DIFFERENTIAL = Rule(
    "differential",
    "flag",
    "DIFFERENTIAL, left undefined by the standard; read as it stands",
    "FeedHeader",
)
ENTITY_NOT_USED = Rule("entity_not_used", "flag", "shapes, stops or trip modifications; not read here")

NOT_CONFIGURED = Rule("not_configured", "fix", "the feed has no URL")
URL_INVALID = Rule("url_invalid", "fix", "the URL cannot be read, or is none of http, https, mqtt, mqtts")
TOPIC_MISSING = Rule("topic_missing", "fix", "the feed of a broker has no topic")
KEY_MISSING = Rule("key_missing", "fix", "the feed wants a key and none is set")
MAPPING_MISSING = Rule("mapping_missing", "fix", "the feed has no mapping to be read by")
RESOURCES_MISSING = Rule("resources_missing", "fix", "the feed has no resources to ask for")
POINTS_MISSING = Rule("points_missing", "fix", "the feed has no points to ask for")
KEY_INVALID = Rule("key_invalid", "fix", "the key has characters that cannot be sent")
BROKER_REFUSED = Rule("broker_refused", "fix", "the broker refuses user, password or client")
TOPIC_REFUSED = Rule("topic_refused", "fix", "the broker refuses the topic")
CONNECTION = Rule("connection", "wait", "no connection, or it broke off")
TIMEOUT = Rule("timeout", "wait", "no complete answer within the feed's time limit")
RETRY_AFTER = Rule("retry_after", "wait", "the server asked us to wait, and we do", "RFC 9110")
QUOTA_SPENT = Rule("quota_spent", "wait", "the calls of this day are spent; it goes on at 00:00 UTC")
INBOX_AWAY = Rule("inbox_away", "wait", "what was sent to us cannot be read from the database")
BROKER_AWAY = Rule("broker_away", "wait", "no connection to the broker, or it broke off")
TOO_MANY_REDIRECTS = Rule("too_many_redirects", "refuse", "more than five redirects")
REDIRECT_INVALID = Rule("redirect_invalid", "refuse", "redirected to what is no web address")
ENCODING_UNSUPPORTED = Rule("encoding_unsupported", "refuse", "compressed in a way we did not ask for")

HTTP_REFUSED = frozenset({401, 403, 404, 410})
HTTP_LATER = frozenset({408, 425, 429})

HTTP_RULES: tuple[Rule, ...] = (
    *(Rule(f"http_{status}", "fix", "the server refuses us") for status in (401, 403)),
    *(Rule(f"http_{status}", "fix", "the server has no such feed") for status in (404, 410)),
    *(Rule(f"http_{status}", "wait", "the server cannot answer now") for status in sorted(HTTP_LATER)),
    Rule("http_5xx", "wait", "the server has failed"),
    Rule("http_other", "refuse", "any other status than 200, and 304 when we asked for news"),
)
"""The code that is counted carries the status itself: `http_503`, `http_418`."""

FEED_RULES: tuple[Rule, ...] = (
    *(value for value in list(globals().values()) if isinstance(value, Rule) and value not in RULES),
    *SITUATION_LEVELS,
    *HTTP_RULES,
)
"""Every rule above that the rules of records do not have as well."""
