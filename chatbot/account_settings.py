"""How users sign up and in: Django's and allauth's settings that nothing in the environment decides."""

AUTH_USER_MODEL = "conversations.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "conversations.pages.account.SignInBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "new_chat"
ACCOUNT_ADAPTER = "conversations.pages.account.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "conversations.pages.account_forms.LoginForm",
    "signup": "conversations.pages.account_forms.SignupForm",
    "change_password": "conversations.pages.account_forms.ChangePasswordForm",
    "set_password": "conversations.pages.account_forms.SetPasswordForm",
    "reset_password_from_key": "conversations.pages.account_forms.ResetPasswordKeyForm",
    "add_email": "conversations.pages.account_forms.AddEmailForm",
}
# By address ("ip", where a whole school may come from) and by account or address of mail ("key"); see docs/operating.md.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,200/h/ip",
    "login_failed_from_here": "5/5m/key",  # an account from one address; see conversations/pages/sign_in_limits.py
    "login_failed_anywhere": "100/h/key",
    "signup": "30/m/ip,200/d/ip",
    "unknown_invitation": "20/m/ip",
    "reset_password": "10/m/ip,5/h/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/3m/key",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# Several accounts may name one address, as long as none of them has confirmed it: a refusal would tell that it has an account.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# A link for a new password goes to every address: who finds an open browser must not be able to add one and keep the account.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
